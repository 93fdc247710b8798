//! Lets the engine find, at run time, the libtorch that it was linked against, and compiles what tch lacks (`shim/`).
use std::path::Path;

/// What the kernels are made of. Only files without a line of libtorch are compiled for it: a function of a header would
/// otherwise carry such instructions to processors that lack them.
const AVX512: [&str; 5] = ["-mavx512f", "-mavx512bw", "-mavx512vl", "-mavx512dq", "-mavx512bf16"];

fn main() {
    println!("cargo::rerun-if-changed=shim");
    let Ok(lib) = std::env::var("DEP_TCH_LIBTORCH_LIB") else { return };
    println!("cargo::rustc-link-arg=-Wl,-rpath,{lib}");
    let include = Path::new(&lib).with_file_name("include");
    cc::Build::new()
        .cpp(true)
        .warnings(false)
        .std("c++17")
        .flag("-fopenmp")
        .flag("-D_GLIBCXX_USE_CXX11_ABI=1")
        .include(&include)
        .include(include.join("torch/csrc/api/include"))
        .files(["shim/script.cpp", "shim/layers.cpp", "shim/memory.cpp"])
        .compile("mushim");
    // After what uses them: linkers look for symbols in order.
    let mut kernels = cc::Build::new();
    kernels.cpp(true).std("c++17").opt_level(3);
    if std::env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch == "x86_64") {
        kernels
            .flag("-fno-math-errno")
            .flag_if_supported("-Wno-maybe-uninitialized")
            .flag_if_supported("-Wno-uninitialized")
            .files(["shim/winograd.cpp", "shim/winograd_gradient.cpp", "shim/norm.cpp"]);
        for flag in AVX512 {
            kernels.flag(flag);
        }
    } else {
        kernels.file("shim/elsewhere.cpp");
    }
    kernels.compile("mukernels");
    cc::Build::new()
        .cpp(true)
        .std("c++17")
        .opt_level(3)
        .files(["shim/gather.cpp", "shim/processor.cpp"])
        .compile("muplain");
    graphs(&include);
    // The kernels run on libtorch's own threads: the OpenMP that came with it, not another one.
    let names = std::fs::read_dir(&lib).into_iter().flatten().flatten().map(|entry| entry.path());
    let own = |path: &std::path::PathBuf| {
        path.file_name().and_then(|n| n.to_str()).is_some_and(|n| n.starts_with("libgomp"))
    };
    match names.filter(own).min() {
        Some(path) => println!("cargo::rustc-link-arg={}", path.display()),
        None => println!("cargo::rustc-link-arg=-lgomp"),
    }
}

/// Compiles what needs CUDA into a library of its own, which the engine carries and loads where there is a GPU; an empty file where
/// CUDA's headers are not at hand. What it calls is in libtorch_cuda, which is loaded before it.
fn graphs(include: &Path) {
    let Some(out) = std::env::var_os("OUT_DIR").map(std::path::PathBuf::from) else { return };
    let library = out.join("libmu_cuda.so");
    let home = std::env::var_os("CUDA_HOME").map(|home| Path::new(&home).join("include"));
    println!("cargo::rerun-if-env-changed=CUDA_HOME");
    // As `make setup` lays them out, as PyTorch's packages do, as CUDA's own installation does.
    let beside = ["../cuda", "../../nvidia/cu13/include"].map(|folder| include.join(folder));
    let has = |folder: &std::path::PathBuf| {
        folder.join("cuda_runtime_api.h").is_file() && folder.join("crt").is_dir()
    };
    let Some(cuda) = beside.into_iter().chain(home).find(has) else {
        println!("cargo::warning=no headers of CUDA: training steps on a GPU will not be recorded as graphs");
        std::fs::write(&library, []).unwrap_or_else(|e| panic!("{}: {e}", library.display()));
        return;
    };
    let made = cc::Build::new()
        .cpp(true)
        .warnings(false)
        .std("c++17")
        .pic(true)
        .flag("-D_GLIBCXX_USE_CXX11_ABI=1")
        .include(include)
        .include(cuda)
        .get_compiler()
        .to_command()
        .args(["-shared", "shim/cuda/graph.cpp", "-o"])
        .arg(&library)
        .status();
    assert!(made.is_ok_and(|status| status.success()), "shim/cuda/graph.cpp does not compile");
}
