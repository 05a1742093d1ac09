//! Tells the binding which Python it is built for.

fn main() {
    pyo3_build_config::use_pyo3_cfgs();
    println!("cargo:rustc-env=PYTHON_MINOR={}", pyo3_build_config::get().version().minor);
}
