//! Images of a part → one file of pixels, decoded in parallel. No more is in memory at a time than one run for each thread.

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use mu_step::DataSpec;
use mu_step::artefact::Corrupt;
use rayon::prelude::*;

use crate::{DataError, Part, picture};

/// What was written beside the pixels.
#[derive(Debug, Default)]
pub struct Written {
    /// BLAKE3 of each sample's pixels, 32 bytes each.
    pub digests: Vec<u8>,
    /// Images that cannot be read, by sample; their pixels are zeros.
    pub corrupt: Vec<Corrupt>,
}

/// Writes [samples, channels, canvas, canvas] bytes to a file; `say` is told how many are done.
///
/// # Errors
/// Where the file cannot be written, or more images are unreadable than `spec` allows.
pub fn write(
    part: &Part,
    spec: &DataSpec,
    to: &Path,
    say: &(dyn Fn(usize) + Sync),
) -> Result<Written, DataError> {
    let size = (spec.channels * spec.canvas * spec.canvas) as usize;
    let file =
        OpenOptions::new().create(true).truncate(true).write(true).open(to).map_err(DataError::io(to))?;
    file.set_len((size * part.len()) as u64).map_err(DataError::io(to))?;
    // Where each image goes: an image that no sample is stays where it is.
    let mut places = vec![Vec::new(); part.images.count()];
    for (sample, image) in part.picked.iter().enumerate() {
        places[*image].push(sample);
    }
    let digests = Mutex::new(vec![0; 32 * part.len()]);
    let corrupt = Mutex::new(Vec::new());
    let done = AtomicUsize::new(0);
    let failed: Mutex<Option<DataError>> = Mutex::new(None);
    part.images.runs().into_par_iter().try_for_each(|run| {
        if !run.clone().any(|image| !places[image].is_empty()) {
            return Some(());
        }
        let within = |image: usize, stored: Result<crate::images::Stored<'_>, String>| -> Option<()> {
            if places[image].is_empty() {
                return Some(());
            }
            match stored.and_then(|s| picture::canvas(s, spec)) {
                Ok(pixels) => {
                    let digest = blake3::hash(&pixels);
                    for sample in &places[image] {
                        if let Err(error) = file.write_all_at(&pixels, (sample * size) as u64) {
                            *failed.lock().ok()? = Some(DataError::io(to)(error));
                            return None;
                        }
                        digests.lock().ok()?[32 * sample..32 * (sample + 1)]
                            .copy_from_slice(digest.as_bytes());
                    }
                }
                Err(reason) => {
                    let zeros = blake3::hash(&vec![0; size]);
                    let mut found = corrupt.lock().ok()?;
                    for sample in &places[image] {
                        digests.lock().ok()?[32 * sample..32 * (sample + 1)]
                            .copy_from_slice(zeros.as_bytes());
                        let (name, reason) = (part.images.name(image), reason.clone());
                        found.push(Corrupt { sample: *sample, name, reason });
                    }
                    // Enough to tell what is wrong.
                    if found.len() > spec.corrupt + 2 {
                        return None;
                    }
                }
            }
            say(done.fetch_add(places[image].len(), Ordering::Relaxed) + places[image].len());
            Some(())
        };
        let mut whole = Some(());
        let read = part.images.each(run, &mut |image, stored| {
            whole = whole.and_then(|()| within(image, stored));
        });
        if let Err(error) = read {
            *failed.lock().ok()? = Some(error);
            return None;
        }
        whole
    });
    if let Some(error) = failed.into_inner().ok().flatten() {
        return Err(error);
    }
    let mut corrupt: Vec<Corrupt> = corrupt.into_inner().unwrap_or_default();
    corrupt.sort_by_key(|c| c.sample);
    if corrupt.len() > spec.corrupt {
        let first: Vec<String> =
            corrupt.iter().take(3).map(|c| format!("{} ({})", c.name, c.reason)).collect();
        let (count, allowed) = (corrupt.len(), spec.corrupt);
        return Err(DataError::Corrupt { count, allowed, first: first.join("; ") });
    }
    Ok(Written { digests: digests.into_inner().unwrap_or_default(), corrupt })
}
