//! Where images are before they are decoded.

use std::io::Cursor;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;

use memmap2::Mmap;
use zip::ZipArchive;

use crate::DataError;

/// An image as it is stored.
#[derive(Clone, Copy, Debug)]
pub enum Stored<'b> {
    /// Pixels, one plane after the other: channels, height, width.
    Planes(&'b [u8], [usize; 3]),
    /// A file of some image format.
    File(&'b [u8]),
}

/// Images by number.
pub trait Images: Sync + Send {
    /// How many there are.
    fn count(&self) -> usize;

    /// Ranges that are best read from one end to the other.
    fn runs(&self) -> Vec<Range<usize>>;

    /// Calls `f` with each image of a run, or with why there is none.
    ///
    /// # Errors
    /// Where the run cannot be read at all.
    fn each(
        &self,
        run: Range<usize>,
        f: &mut dyn FnMut(usize, Result<Stored<'_>, String>),
    ) -> Result<(), DataError>;

    /// What people call an image.
    fn name(&self, image: usize) -> String {
        format!("image {image}")
    }
}

/// How many images one thread reads before it looks for more.
const RUN: usize = 64;

pub(crate) fn even_runs(count: usize) -> Vec<Range<usize>> {
    (0..count).step_by(RUN).map(|at| at..(at + RUN).min(count)).collect()
}

/// Images of one size, decoded in memory: one plane after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planes {
    /// Number of images.
    pub count: usize,
    /// Channels, height, width.
    pub shape: [usize; 3],
    /// `count` × channels × height × width bytes.
    pub pixels: Vec<u8>,
}

impl Images for Planes {
    fn count(&self) -> usize {
        self.count
    }

    fn runs(&self) -> Vec<Range<usize>> {
        even_runs(self.count)
    }

    fn each(
        &self,
        run: Range<usize>,
        f: &mut dyn FnMut(usize, Result<Stored<'_>, String>),
    ) -> Result<(), DataError> {
        let size: usize = self.shape.iter().product();
        for image in run {
            f(image, Ok(Stored::Planes(&self.pixels[image * size..(image + 1) * size], self.shape)));
        }
        Ok(())
    }
}

/// A piece of a file, or all of it.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    pub(crate) path: Arc<PathBuf>,
    /// Offset and length; all of it where it is not said.
    pub(crate) range: Option<(u64, u64)>,
}

/// No photograph is larger: a file that is, is none.
const MOST_BYTES: u64 = 256 << 20;

impl Piece {
    pub(crate) fn whole(path: PathBuf) -> Self {
        Self { path: Arc::new(path), range: None }
    }

    fn read(&self) -> Result<Vec<u8>, String> {
        let file = mu_file::open(&self.path).map_err(|e| e.to_string())?;
        let (offset, length) = match self.range {
            Some(range) => range,
            None => (0, file.metadata().map_err(|e| e.to_string())?.len()),
        };
        if length > MOST_BYTES {
            return Err(format!("is {length} bytes long, more than any image"));
        }
        let mut bytes = vec![0; length as usize];
        file.read_exact_at(&mut bytes, offset).map_err(|e| e.to_string())?;
        Ok(bytes)
    }
}

/// Image files, or pieces of archives.
pub(crate) struct Files(pub(crate) Vec<Piece>);

impl Images for Files {
    fn count(&self) -> usize {
        self.0.len()
    }

    fn runs(&self) -> Vec<Range<usize>> {
        even_runs(self.0.len())
    }

    fn each(
        &self,
        run: Range<usize>,
        f: &mut dyn FnMut(usize, Result<Stored<'_>, String>),
    ) -> Result<(), DataError> {
        for image in run {
            match self.0[image].read() {
                Ok(bytes) => f(image, Ok(Stored::File(&bytes))),
                Err(reason) => f(image, Err(reason)),
            }
        }
        Ok(())
    }

    fn name(&self, image: usize) -> String {
        let piece = &self.0[image];
        match piece.range {
            None => piece.path.display().to_string(),
            Some((offset, _)) => format!("{} at byte {offset}", piece.path.display()),
        }
    }
}

/// A file in memory that many readers share.
#[derive(Clone)]
pub(crate) struct Mapped(Arc<Mmap>);

impl AsRef<[u8]> for Mapped {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

pub(crate) type Archive = ZipArchive<Cursor<Mapped>>;

/// Images in a zip archive, by the names of its entries.
pub(crate) struct Zipped {
    pub(crate) archive: Archive,
    pub(crate) names: Vec<String>,
}

impl Zipped {
    /// Opens an archive.
    pub(crate) fn open(path: &std::path::Path) -> Result<Archive, DataError> {
        let file = mu_file::open(path).map_err(DataError::io(path))?;
        // SAFETY: the map is read only; a file that is cut while it is read ends the worker, which is reported as a crash.
        let map = unsafe { Mmap::map(&file) }.map_err(DataError::io(path))?;
        let config = zip::read::Config { archive_offset: zip::read::ArchiveOffset::Known(0) };
        ZipArchive::with_config(config, Cursor::new(Mapped(Arc::new(map))))
            .map_err(|e| DataError::format(path, format!("the zip archive cannot be read: {e}")))
    }
}

impl Images for Zipped {
    fn count(&self) -> usize {
        self.names.len()
    }

    fn runs(&self) -> Vec<Range<usize>> {
        even_runs(self.names.len())
    }

    fn each(
        &self,
        run: Range<usize>,
        f: &mut dyn FnMut(usize, Result<Stored<'_>, String>),
    ) -> Result<(), DataError> {
        let mut archive = self.archive.clone();
        for image in run {
            match entry(&mut archive, &self.names[image]) {
                Ok(bytes) => f(image, Ok(Stored::File(&bytes))),
                Err(reason) => f(image, Err(reason)),
            }
        }
        Ok(())
    }

    fn name(&self, image: usize) -> String {
        self.names[image].clone()
    }
}

/// The bytes of an entry, no more than an image has: what unpacks to more is a bomb.
pub(crate) fn entry(archive: &mut Archive, name: &str) -> Result<Vec<u8>, String> {
    use std::io::Read;
    let entry = archive.by_name(name).map_err(|e| e.to_string())?;
    let mut bytes = Vec::new();
    entry.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(|e| e.to_string())?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(format!("unpacks to more than {MOST_BYTES} bytes"));
    }
    Ok(bytes)
}
