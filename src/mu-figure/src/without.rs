//! What stands for PNG and PDF where the feature `pdf` is off.

/// What is wrong, and what to do.
const OFF: &str = "this mu was built without its feature `pdf`, which draws PNG and PDF: build it with the feature, or write SVG";

/// No PNG can be drawn without the feature `pdf`.
///
/// # Errors
/// Always: it names the feature.
pub fn png(_svg: &str) -> Result<Vec<u8>, String> {
    Err(OFF.to_owned())
}

/// No PDF can be drawn without the feature `pdf`.
///
/// # Errors
/// Always: it names the feature.
pub fn pdf(_svg: &str) -> Result<Vec<u8>, String> {
    Err(OFF.to_owned())
}
