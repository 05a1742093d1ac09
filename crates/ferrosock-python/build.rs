//! Tells the binding which Python it is built for.

fn main() {
    println!("cargo:rustc-env=PYTHON_MINOR={}", pyo3_build_config::get().version().minor);
}
