//! Compiles the C++ (`cpp/`), and finds the libtorch that it is linked against.

use std::path::{Path, PathBuf};

/// What the kernels are made of. Only files without a line of libtorch are compiled for it: a function of a header would
/// otherwise carry such instructions to processors that lack them.
const AVX512: [&str; 5] = ["-mavx512f", "-mavx512bw", "-mavx512vl", "-mavx512dq", "-mavx512bf16"];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // All but the test (`cpp/test`), which cargo does not build.
    for file in std::fs::read_dir("cpp").into_iter().flatten().flatten().map(|entry| entry.path()) {
        if !file.ends_with("test") {
            println!("cargo::rerun-if-changed={}", file.display());
        }
    }
    println!("cargo::rerun-if-env-changed=MU_EMULATE");
    let Ok(lib) = std::env::var("DEP_TCH_LIBTORCH_LIB") else { return };
    println!("cargo::metadata=LIBTORCH={lib}");
    println!("cargo::rustc-link-arg=-Wl,-rpath,{lib}");
    let include = Path::new(&lib).with_file_name("include");
    let glue = ["images", "layers", "optimizer", "process", "script"];
    with_libtorch(&include).flag("-fopenmp").files(glue.map(|f| format!("cpp/{f}.cpp"))).compile("mu_glue");
    // After what uses them: linkers look for symbols in order. With MU_EMULATE the vectors are plain C++, for tests anywhere.
    let emulated = std::env::var_os("MU_EMULATE").is_some_and(|set| set == "1");
    let vectors = std::env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch == "x86_64");
    let mut kernels = plain(emulated);
    if vectors || emulated {
        let own = ["winograd", "winograd_gradient", "norm"].map(|f| format!("cpp/plain/{f}.cpp"));
        kernels.flag("-fno-math-errno").files(own);
        for flag in AVX512.iter().filter(|_| !emulated) {
            kernels.flag(flag);
        }
    } else {
        kernels.file("cpp/plain/elsewhere.cpp");
    }
    kernels.compile("mu_vectors");
    let baseline = ["gather", "processor", "sizes"].map(|f| format!("cpp/plain/{f}.cpp"));
    plain(emulated).files(baseline).compile("mu_plain");
    graphs(&include);
    // The kernels run on libtorch's own threads: the OpenMP that came with it, not another one.
    println!("cargo::rustc-link-search=native={lib}");
    let names = std::fs::read_dir(&lib).into_iter().flatten().flatten();
    let names = names.filter_map(|entry| entry.file_name().into_string().ok());
    match names.filter(|name| name.starts_with("libgomp")).min() {
        Some(name) => println!("cargo::rustc-link-lib=dylib:+verbatim={name}"),
        None => println!("cargo::rustc-link-lib=dylib=gomp"),
    }
}

fn cpp() -> cc::Build {
    let mut build = cc::Build::new();
    build.cpp(true).std("c++17").warnings(true).extra_warnings(true);
    build
}

/// What knows nothing of libtorch.
fn plain(emulated: bool) -> cc::Build {
    let mut build = cpp();
    build.opt_level(3);
    if emulated {
        build.define("MU_EMULATE", None).flag("-Wno-psabi");
    }
    build
}

/// What includes libtorch's headers, whose warnings are not ours.
fn with_libtorch(include: &Path) -> cc::Build {
    let mut build = cpp();
    build.flag("-D_GLIBCXX_USE_CXX11_ABI=1");
    for folder in [include.to_owned(), include.join("torch/csrc/api/include")] {
        build.flag("-isystem").flag(folder);
    }
    build
}

/// Compiles what needs CUDA into a library of its own, which the engine carries and loads where there is a GPU; an empty file where
/// CUDA's headers are not at hand. What it calls is in libtorch_cuda, which is loaded before it.
fn graphs(include: &Path) {
    let Some(out) = std::env::var_os("OUT_DIR").map(PathBuf::from) else { return };
    let library = out.join("libmu_cuda.so");
    let home = std::env::var_os("CUDA_HOME").map(|home| Path::new(&home).join("include"));
    println!("cargo::rerun-if-env-changed=CUDA_HOME");
    // As `make setup` lays them out, as PyTorch's packages do, as CUDA's own installation does.
    let beside = ["../cuda", "../../nvidia/cu13/include"].map(|folder| include.join(folder));
    let has = |folder: &PathBuf| folder.join("cuda_runtime_api.h").is_file() && folder.join("crt").is_dir();
    let Some(cuda) = beside.into_iter().chain(home).find(has) else {
        println!("cargo::warning=no headers of CUDA: training steps on a GPU will not be recorded as graphs");
        std::fs::write(&library, []).unwrap_or_else(|e| panic!("{}: {e}", library.display()));
        return;
    };
    let mut build = with_libtorch(include);
    build.pic(true).flag("-isystem").flag(cuda);
    let command = build
        .get_compiler()
        .to_command()
        .args(["-shared", "cpp/cuda/graph.cpp", "-o"])
        .arg(&library)
        .status();
    assert!(command.is_ok_and(|status| status.success()), "cpp/cuda/graph.cpp does not compile");
}
