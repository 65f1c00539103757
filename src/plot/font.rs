//! The embedded font.

use std::sync::{LazyLock, Once};

use ab_glyph::FontRef;
use plotters::style::{FontStyle, RGBColor, register_font};

/// Name of the embedded font; SVG viewers use their own font of that family.
pub(super) const FONT: &str = "sans-serif";

/// Colour of text.
pub(super) const INK: RGBColor = RGBColor(40, 40, 40);

/// The embedded font.
pub(super) fn font() -> &'static FontRef<'static> {
    static FONT: LazyLock<FontRef<'static>> = LazyLock::new(|| {
        let font = epaint_default_fonts::UBUNTU_LIGHT;
        FontRef::try_from_slice(font).unwrap_or_else(|_| unreachable!("the embedded font is valid"))
    });
    &FONT
}

/// Registers the embedded font with plotters, once.
pub(super) fn load_font() {
    // plotters has one font registry per process
    static LOADED: Once = Once::new();
    LOADED.call_once(|| {
        let font = epaint_default_fonts::UBUNTU_LIGHT;
        register_font(FONT, FontStyle::Normal, font)
            .unwrap_or_else(|_| unreachable!("the embedded font is valid"));
    });
}
