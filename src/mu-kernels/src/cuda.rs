//! What of CUDA tch lacks: graphs, which are steps recorded once and played again. It lies in a library of its own
//! (`cpp/cuda/`), which the program carries and loads behind libtorch_cuda: one program serves machines with and without a GPU.

use std::ffi::{CStr, c_int, c_void};
use std::fs::File;
use std::io::Write;
use std::os::fd::{AsRawFd, FromRawFd};
use std::ptr::null_mut;
use std::sync::OnceLock;

use libloading::os::unix::{Library, RTLD_GLOBAL, RTLD_LOCAL, RTLD_NOW, Symbol};

use crate::Error;
use crate::ffi::{Message, refused};
use crate::process::number;

/// The library's bytes; none where CUDA's headers were not at hand when this program was built.
static LIBRARY: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/libmu_cuda.so"));

/// What it offers; `cpp/cuda/graph.cpp` says what each does.
struct Functions {
    start: Symbol<unsafe extern "C" fn(c_int) -> Message>,
    begin: Symbol<unsafe extern "C" fn(*mut *mut c_void) -> Message>,
    end: Symbol<unsafe extern "C" fn(*mut c_void) -> Message>,
    play: Symbol<unsafe extern "C" fn(*mut c_void) -> Message>,
    drop: Symbol<unsafe extern "C" fn(*mut c_void)>,
    free: Symbol<unsafe extern "C" fn(Message)>,
}

static FUNCTIONS: OnceLock<Functions> = OnceLock::new();

/// Loads libtorch's CUDA backend, where it is: linked against libtorch_cpu alone, one binary serves machines with and without a GPU.
/// It must come before any other call of libtorch.
pub fn load_backend() {
    // SAFETY: libtorch_cuda's initialisers only register kernels; the handle is kept for ever.
    let loaded = unsafe { Library::open(Some("libtorch_cuda.so"), RTLD_NOW | RTLD_GLOBAL) };
    if let Ok(library) = loaded {
        std::mem::forget(library);
    }
}

/// Makes steps recordable on a GPU: loads the library, and gives this thread's work a stream of its own.
///
/// # Errors
/// The library cannot be loaded, or there is no such GPU.
pub fn start(gpu: usize) -> Result<(), Error> {
    let functions = match FUNCTIONS.get() {
        Some(functions) => functions,
        None => {
            let loaded = load()?;
            FUNCTIONS.get_or_init(|| loaded)
        }
    };
    // SAFETY: the function takes a device's number.
    said("cuda::start", functions, unsafe { (functions.start)(number(gpu)) })
}

fn load() -> Result<Functions, Error> {
    if LIBRARY.is_empty() {
        return Err(Error::Cuda("mu-engine was built without CUDA's headers".to_owned()));
    }
    let text = |e: std::io::Error| Error::Cuda(e.to_string());
    // SAFETY: the name is a constant that ends with a zero.
    let fd = unsafe { libc::memfd_create(c"libmu_cuda.so".as_ptr(), libc::MFD_CLOEXEC) };
    if fd < 0 {
        return Err(text(std::io::Error::last_os_error()));
    }
    // SAFETY: the descriptor is new, and nobody else's.
    let mut file = unsafe { File::from_raw_fd(fd) };
    file.write_all(LIBRARY).map_err(text)?;
    let path = format!("/proc/self/fd/{}", file.as_raw_fd());
    // SAFETY: its initialisers are those of C++; what it calls is in libtorch_cuda, which was loaded for all to see.
    let library = unsafe { Library::open(Some(path), RTLD_NOW | RTLD_LOCAL) };
    let library = library.map_err(|e| Error::Cuda(e.to_string()))?;
    let functions = (|| {
        // SAFETY: the types are those of cpp/cuda/graph.cpp.
        unsafe {
            Ok::<_, libloading::Error>(Functions {
                start: library.get(b"mu_cuda_start\0")?,
                begin: library.get(b"mu_cuda_begin\0")?,
                end: library.get(b"mu_cuda_end\0")?,
                play: library.get(b"mu_cuda_play\0")?,
                drop: library.get(b"mu_cuda_drop\0")?,
                free: library.get(b"mu_cuda_free\0")?,
            })
        }
    })();
    // It stays for as long as the process.
    std::mem::forget(library);
    functions.map_err(|e| Error::Cuda(e.to_string()))
}

fn said(function: &'static str, functions: &Functions, message: Message) -> Result<(), Error> {
    if message.is_null() {
        return Ok(());
    }
    // SAFETY: the library's messages end with a zero, and are freed once.
    let words = unsafe {
        let words = CStr::from_ptr(message).to_string_lossy().into_owned();
        (functions.free)(message);
        words
    };
    Err(refused(function, &words))
}

/// Work that was recorded.
pub struct Graph {
    functions: &'static Functions,
    handle: *mut c_void,
}

impl Graph {
    /// Whether steps can be recorded: [`start`] went well.
    #[must_use]
    pub fn can_be() -> bool {
        FUNCTIONS.get().is_some()
    }

    /// Records what `work` asks the GPU for; it is not done yet.
    ///
    /// # Errors
    /// `work` fails, or it asks for what cannot be recorded.
    pub fn record<E: From<Error>>(work: impl FnOnce() -> Result<(), E>) -> Result<Self, E> {
        let functions = FUNCTIONS.get().ok_or_else(|| Error::Cuda("there are no CUDA graphs".to_owned()))?;
        let mut handle = null_mut();
        // SAFETY: without a message there is a new handle, which is dropped once.
        said("Graph::record", functions, unsafe { (functions.begin)(&raw mut handle) })?;
        let graph = Self { functions, handle };
        let mut recording = Recording { graph: &graph, ended: false };
        let done = work();
        let ended = recording.end();
        drop(recording);
        done.and(ended.map_err(E::from)).map(|()| graph)
    }

    /// Does it.
    ///
    /// # Errors
    /// CUDA refuses.
    pub fn play(&self) -> Result<(), Error> {
        // SAFETY: the handle lives, and its recording ended.
        said("Graph::play", self.functions, unsafe { (self.functions.play)(self.handle) })
    }
}

/// A recording that goes on. It ends in any case, also where `work` panics: nothing else would run on that GPU after it.
struct Recording<'g> {
    graph: &'g Graph,
    ended: bool,
}

impl Recording<'_> {
    fn end(&mut self) -> Result<(), Error> {
        self.ended = true;
        // SAFETY: the handle lives, was begun, and is ended once.
        said("Graph::record", self.graph.functions, unsafe { (self.graph.functions.end)(self.graph.handle) })
    }
}

impl Drop for Recording<'_> {
    fn drop(&mut self) {
        if !self.ended {
            let _ = self.end();
        }
    }
}

impl Drop for Graph {
    fn drop(&mut self) {
        // SAFETY: the handle is nobody else's.
        unsafe { (self.functions.drop)(self.handle) }
    }
}
