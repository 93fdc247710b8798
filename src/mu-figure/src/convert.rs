//! Drawings in other formats than SVG.

use krilla::Document;
use krilla::geom::Size;
use krilla::page::PageSettings;
use krilla_svg::{SurfaceExt, SvgSettings};
use resvg::{tiny_skia, usvg};

/// An SVG as a PNG of twice its size.
///
/// # Errors
/// In words, where it cannot be drawn, or this machine has no font.
pub fn png(svg: &str) -> Result<Vec<u8>, String> {
    let tree = tree(svg)?;
    let size = tree.size().to_int_size().scale_by(2.0).ok_or("the drawing has no size")?;
    let mut pixels = tiny_skia::Pixmap::new(size.width(), size.height()).ok_or("the drawing has no size")?;
    resvg::render(&tree, tiny_skia::Transform::from_scale(2.0, 2.0), &mut pixels.as_mut());
    pixels.encode_png().map_err(|e| e.to_string())
}

/// An SVG as a PDF of one page of its size, whose text stays text.
///
/// # Errors
/// In words, where it cannot be drawn, or this machine has no font.
pub fn pdf(svg: &str) -> Result<Vec<u8>, String> {
    let tree = tree(svg)?;
    let (width, height) = (tree.size().width(), tree.size().height());
    let none = "the drawing has no size";
    let mut document = Document::new();
    let mut page = document.start_page_with(PageSettings::from_wh(width, height).ok_or(none)?);
    let mut surface = page.surface();
    let size = Size::from_wh(width, height).ok_or(none)?;
    surface.draw_svg(&tree, size, SvgSettings::default()).ok_or("it has what PDF cannot show")?;
    surface.finish();
    page.finish();
    document.finish().map_err(|e| e.to_string())
}

fn tree(svg: &str) -> Result<usvg::Tree, String> {
    let mut options = usvg::Options::default();
    let fonts = options.fontdb_mut();
    fonts.load_system_fonts();
    // What stands for `sans-serif` differs from machine to machine.
    const USUAL: [&str; 5] = ["DejaVu Sans", "Liberation Sans", "Noto Sans", "Arial", "Helvetica"];
    let families: Vec<String> =
        fonts.faces().flat_map(|f| f.families.iter().map(|(name, _)| name.clone())).collect();
    let usual = USUAL.iter().find(|name| families.iter().any(|f| f == *name)).map(|n| (*n).to_owned());
    let Some(family) = usual.or_else(|| families.first().cloned()) else {
        return Err("this machine has no font; SVG needs none".to_owned());
    };
    fonts.set_sans_serif_family(family);
    usvg::Tree::from_str(svg, &options).map_err(|e| e.to_string())
}
