//! What of CUDA tch lacks: graphs, which are steps recorded once and played again. It lies in a library of its own
//! (`shim/cuda/`), which this program carries and loads behind libtorch_cuda: one program serves machines with and without a GPU.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::fs::File;
use std::io::Write;
use std::os::fd::{AsRawFd, FromRawFd};
use std::ptr::null_mut;
use std::sync::OnceLock;

use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW, Symbol};
use tch::{Device, TchError};

/// The library's bytes; none where CUDA's headers were not at hand when this program was built.
static LIBRARY: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/libmu_cuda.so"));

type Message = *mut c_char;

/// What it offers; `shim/cuda/graph.cpp` says what each does.
struct Functions {
    start: Symbol<unsafe extern "C" fn(c_int) -> Message>,
    begin: Symbol<unsafe extern "C" fn(*mut *mut c_void) -> Message>,
    end: Symbol<unsafe extern "C" fn(*mut c_void) -> Message>,
    play: Symbol<unsafe extern "C" fn(*mut c_void) -> Message>,
    drop: Symbol<unsafe extern "C" fn(*mut c_void)>,
    free: Symbol<unsafe extern "C" fn(Message)>,
}

static FUNCTIONS: OnceLock<Functions> = OnceLock::new();

/// Loads the library and gives this thread's work a stream of its own; a sentence where that cannot be.
pub(crate) fn start(device: Device) -> Result<(), String> {
    let Device::Cuda(number) = device else { return Err("there is no GPU".to_owned()) };
    let functions = match FUNCTIONS.get() {
        Some(functions) => functions,
        None => {
            let loaded = load()?;
            FUNCTIONS.get_or_init(|| loaded)
        }
    };
    // SAFETY: the function takes a device's number.
    said(functions, unsafe { (functions.start)(number as c_int) }).map_err(|e| e.to_string())
}

fn load() -> Result<Functions, String> {
    if LIBRARY.is_empty() {
        return Err("mu-engine was built without CUDA's headers".to_owned());
    }
    let text = |e: std::io::Error| e.to_string();
    // SAFETY: the name is a constant that ends with a zero.
    let fd = unsafe { libc::memfd_create(c"libmu_cuda.so".as_ptr(), libc::MFD_CLOEXEC) };
    if fd < 0 {
        return Err(std::io::Error::last_os_error().to_string());
    }
    // SAFETY: the descriptor is new, and nobody else's.
    let mut file = unsafe { File::from_raw_fd(fd) };
    file.write_all(LIBRARY).map_err(text)?;
    let path = format!("/proc/self/fd/{}", file.as_raw_fd());
    // SAFETY: its initialisers are those of C++; what it calls is in libtorch_cuda, which was loaded for all to see.
    let library = unsafe { Library::open(Some(path), RTLD_NOW | RTLD_LOCAL) }.map_err(|e| e.to_string())?;
    let functions = (|| {
        // SAFETY: the types are those of shim/cuda/graph.cpp.
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
    functions.map_err(|e| e.to_string())
}

fn said(functions: &Functions, message: Message) -> Result<(), TchError> {
    if message.is_null() {
        return Ok(());
    }
    // SAFETY: the library's messages end with a zero, and are freed once.
    let text = unsafe {
        let text = CStr::from_ptr(message).to_string_lossy().into_owned();
        (functions.free)(message);
        text
    };
    Err(TchError::Torch(text))
}

/// Work that was recorded.
pub(crate) struct Graph {
    functions: &'static Functions,
    handle: *mut c_void,
}

impl Graph {
    /// Whether steps can be recorded: [`start`] went well.
    pub(crate) fn can_be() -> bool {
        FUNCTIONS.get().is_some()
    }

    /// Records what `work` asks the GPU for; it is not done yet.
    pub(crate) fn record(work: impl FnOnce() -> Result<(), TchError>) -> Result<Self, TchError> {
        let functions =
            FUNCTIONS.get().ok_or_else(|| TchError::Torch("there are no CUDA graphs".to_owned()))?;
        let mut handle = null_mut();
        // SAFETY: without a message there is a new handle, which is dropped once.
        said(functions, unsafe { (functions.begin)(&raw mut handle) })?;
        let graph = Self { functions, handle };
        let mut recording = Recording { graph: &graph, ended: false };
        let done = work();
        let ended = recording.end();
        drop(recording);
        done.and(ended).map(|()| graph)
    }

    /// Does it.
    pub(crate) fn play(&self) -> Result<(), TchError> {
        // SAFETY: the handle lives, and its recording ended.
        said(self.functions, unsafe { (self.functions.play)(self.handle) })
    }
}

/// A recording that goes on. It ends in any case, also where `work` panics: nothing else would run on that GPU after it.
struct Recording<'g> {
    graph: &'g Graph,
    ended: bool,
}

impl Recording<'_> {
    fn end(&mut self) -> Result<(), TchError> {
        self.ended = true;
        // SAFETY: the handle lives, was begun, and is ended once.
        said(self.graph.functions, unsafe { (self.graph.functions.end)(self.graph.handle) })
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
