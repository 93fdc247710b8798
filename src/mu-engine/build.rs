//! Lets the engine find, at run time, the libtorch that it was linked against, and compiles what tch lacks (`shim/`).
fn main() {
    println!("cargo::rerun-if-changed=shim");
    let Ok(lib) = std::env::var("DEP_TCH_LIBTORCH_LIB") else { return };
    println!("cargo::rustc-link-arg=-Wl,-rpath,{lib}");
    let include = std::path::Path::new(&lib).with_file_name("include");
    cc::Build::new()
        .cpp(true)
        .warnings(false)
        .std("c++17")
        .flag("-D_GLIBCXX_USE_CXX11_ABI=1")
        .include(&include)
        .include(include.join("torch/csrc/api/include"))
        .file("shim/script.cpp")
        .compile("mushim");
}
