//! The embedded font, and fonts of the system for letters that it lacks.

use std::sync::{LazyLock, Mutex};

use ab_glyph::{Font, FontArc, FontVec};

/// Nominal sizes of titles, of labels of axes and of other texts.
pub(super) const TITLE: f64 = 15.0;
pub(super) const LABEL: f64 = 13.0;
pub(super) const TICK: f64 = 12.0;

/// A font, with a number that is its own.
#[derive(Clone)]
pub(super) struct Numbered {
    pub(super) number: usize,
    pub(super) font: FontArc,
}

/// The embedded font, with Latin, Greek and Cyrillic letters.
static EMBEDDED: LazyLock<Numbered> = LazyLock::new(|| {
    let font = FontArc::try_from_slice(epaint_default_fonts::UBUNTU_LIGHT);
    let font = font.unwrap_or_else(|_| unreachable!("the embedded font is valid"));
    Numbered { number: 0, font }
});

/// The fonts of the system, of which those in use are loaded once.
static SYSTEM: LazyLock<Mutex<SystemFonts>> = LazyLock::new(|| {
    let mut database = fontdb::Database::new();
    database.load_system_fonts();
    Mutex::new(SystemFonts { database, loaded: Vec::new(), missing: Vec::new() })
});

/// The font for a letter: the embedded one, or the first font of the system that has it. A letter that no font has is a box.
pub(super) fn font_of(letter: char) -> Numbered {
    if has(&EMBEDDED.font, letter) {
        return EMBEDDED.clone();
    }
    let mut system = SYSTEM.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    system.font_of(letter).unwrap_or_else(|| EMBEDDED.clone())
}

fn has(font: &impl Font, letter: char) -> bool {
    font.glyph_id(letter).0 != 0
}

struct SystemFonts {
    database: fontdb::Database,
    loaded: Vec<FontArc>,
    /// Letters that no font has.
    missing: Vec<char>,
}

impl SystemFonts {
    fn font_of(&mut self, letter: char) -> Option<Numbered> {
        if self.missing.contains(&letter) {
            return None;
        }
        let known = self.loaded.iter().position(|font| has(font, letter));
        let at = known.or_else(|| {
            self.loaded.push(self.load(letter)?);
            Some(self.loaded.len() - 1)
        });
        if at.is_none() {
            self.missing.push(letter);
        }
        at.map(|at| Numbered { number: at + 1, font: self.loaded[at].clone() })
    }

    /// The first font with a letter: upright, sans-serif and of normal weight, if there is such a one.
    fn load(&self, letter: char) -> Option<FontArc> {
        let mut faces: Vec<&fontdb::FaceInfo> = self.database.faces().collect();
        faces.sort_by_key(|face| {
            let serif = face
                .families
                .iter()
                .any(|(name, _)| name.contains("Serif") || name.contains("Mono"));
            let plain =
                face.style == fontdb::Style::Normal && face.stretch == fontdb::Stretch::Normal;
            (!plain, serif, face.weight.0.abs_diff(400), face.post_script_name.clone())
        });
        faces.iter().find_map(|face| {
            self.database.with_face_data(face.id, |data, index| {
                let found = ab_glyph::FontRef::try_from_slice_and_index(data, index).ok()?;
                if !has(&found, letter) {
                    return None;
                }
                let font = FontVec::try_from_vec_and_index(data.to_vec(), index).ok()?;
                Some(FontArc::from(font))
            })?
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latin_greek_and_cyrillic_letters_are_in_the_embedded_font() {
        for letter in "aZäéñøßŁčğ αβΣωΩ жЯЖщ ±×≤²–".chars() {
            assert_eq!(font_of(letter).number, 0, "{letter}");
        }
    }

    #[test]
    fn a_letter_without_a_font_has_the_embedded_one() {
        // a noncharacter
        assert_eq!(font_of('\u{FDD0}').number, 0);
    }

    #[test]
    fn other_letters_are_in_a_font_of_the_system_if_there_is_one() {
        let armenian = font_of('Ա');
        if armenian.number == 0 {
            println!("skipped: no font of this system has Armenian letters");
            return;
        }
        assert!(has(&armenian.font, 'Ա'));
        assert_eq!(font_of('Ա').number, armenian.number);
    }
}
