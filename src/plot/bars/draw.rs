//! Drawing of bars.

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::{Arrangement, Bar, ShareBars};
use crate::error::Result;
use crate::plot::draw::drawing;
use crate::plot::font::{FONT, INK, load_font};

/// Nominal width of a panel.
const WIDTH: u32 = 440;
const MARGIN: u32 = 12;
const TITLE: u32 = 28;
/// Largest width of the labels of lines, and the distance to the bars.
const MOST_LABEL: u32 = 150;
const GAP: u32 = 8;
/// Width of the numbers to the right of grouped bars.
const NUMBERS: u32 = 50;
/// Heights of a stacked bar and of one of several grouped bars, and the space below a line.
const STACKED: u32 = 18;
const GROUPED: u32 = 11;
const SPACE: u32 = 7;
/// Height of a line of the legend, the side of its squares and the distance between its entries.
const LEGEND: u32 = 18;
const SQUARE: u32 = 10;
const BETWEEN: u32 = 14;
const TEXT: u32 = 11;

/// The nominal place of an entry of the legend.
struct Entry {
    text: String,
    colour: RGBColor,
    x: u32,
    line: u32,
}

impl ShareBars {
    /// Nominal size of the panel.
    pub(in crate::plot) fn size(&self) -> (u32, u32) {
        (WIDTH, self.legend_top() + self.n_legend_lines() * LEGEND + MARGIN)
    }

    fn line_height(&self) -> u32 {
        match self.arrangement {
            Arrangement::Stacked => STACKED,
            Arrangement::Grouped => GROUPED * self.legend.len().max(1) as u32,
        }
    }

    fn legend_top(&self) -> u32 {
        MARGIN + TITLE + self.lines.len() as u32 * (self.line_height() + SPACE) + SPACE
    }

    fn n_legend_lines(&self) -> u32 {
        self.entries().last().map_or(0, |entry| entry.line + 1)
    }

    /// The entries of the legend, as many on a line as fit.
    fn entries(&self) -> Vec<Entry> {
        let most = WIDTH - 2 * MARGIN;
        let (mut x, mut line) = (0, 0);
        let entry = |(name, colour): &(String, crate::plot::Colour)| {
            let text = fitted(name, most - SQUARE - GAP);
            let width = SQUARE + 5 + text_width(&text);
            if x > 0 && x + width > most {
                (x, line) = (0, line + 1);
            }
            let entry = Entry { text, colour: colour.rgb(), x: MARGIN + x, line };
            x += width + BETWEEN;
            entry
        };
        self.legend.iter().map(entry).collect()
    }

    /// Draws the panel.
    pub(in crate::plot) fn draw<DB: DrawingBackend>(
        &self,
        area: &DrawingArea<DB, Shift>,
        scale: u32,
    ) -> Result<()> {
        let pen = Pen { area, scale };
        pen.text(
            &fitted_title(&self.title),
            (WIDTH / 2, MARGIN),
            14,
            (HPos::Center, VPos::Top),
            &INK,
        )?;
        let labels: Vec<String> =
            self.lines.iter().map(|(label, _)| fitted(label, MOST_LABEL)).collect();
        let left = MARGIN + GAP + labels.iter().map(|label| text_width(label)).max().unwrap_or(0);
        for (at, ((_, bars), label)) in self.lines.iter().zip(&labels).enumerate() {
            let upper = MARGIN + TITLE + at as u32 * (self.line_height() + SPACE);
            let middle = upper + self.line_height() / 2;
            pen.text(label, (left - GAP, middle), TEXT, (HPos::Right, VPos::Center), &INK)?;
            match self.arrangement {
                Arrangement::Stacked => pen.stacked(bars, (left, upper))?,
                Arrangement::Grouped => pen.grouped(bars, (left, upper), self.most())?,
            }
        }
        for Entry { text, colour, x, line } in self.entries() {
            let upper = self.legend_top() + line * LEGEND;
            let square = upper + (LEGEND - SQUARE) / 2;
            pen.bar((x, square), (f64::from(x + SQUARE), square + SQUARE), colour)?;
            let at = (x + SQUARE + 5, upper + LEGEND / 2);
            pen.text(&text, at, TEXT, (HPos::Left, VPos::Center), &INK)?;
        }
        Ok(())
    }

    /// The largest share.
    fn most(&self) -> f64 {
        let shares = self.lines.iter().flat_map(|(_, bars)| bars.iter().map(|bar| bar.share));
        shares.fold(0.0, f64::max)
    }
}

/// Draws at nominal positions.
struct Pen<'a, DB: DrawingBackend> {
    area: &'a DrawingArea<DB, Shift>,
    scale: u32,
}

impl<DB: DrawingBackend> Pen<'_, DB> {
    fn stacked(&self, bars: &[Bar], (left, upper): (u32, u32)) -> Result<()> {
        let width = f64::from(WIDTH - MARGIN - left);
        let mut begin = f64::from(left);
        for bar in bars {
            let end = begin + bar.share * width;
            self.bar_from((begin, upper), (end, upper + STACKED), bar.colour.rgb())?;
            let text = format!("{:.0} %", 100.0 * bar.share);
            if end - begin > f64::from(text_width(&text) + 6) {
                let at = (((begin + end) / 2.0).round() as u32, upper + STACKED / 2);
                let colour = text_colour(bar.colour.rgb());
                self.text(&text, at, TEXT, (HPos::Center, VPos::Center), &colour)?;
            }
            begin = end;
        }
        Ok(())
    }

    fn grouped(&self, bars: &[Bar], (left, upper): (u32, u32), most: f64) -> Result<()> {
        let width = f64::from(WIDTH - MARGIN - NUMBERS - left);
        for (at, bar) in bars.iter().enumerate() {
            let upper = upper + at as u32 * GROUPED;
            let share = if most > 0.0 { bar.share / most } else { 0.0 };
            let end = f64::from(left) + share * width;
            self.bar((left, upper), (end, upper + GROUPED - 1), bar.colour.rgb())?;
            let text = format!("{:.1} %", 100.0 * bar.share);
            let at = (end.round() as u32 + 5, upper + GROUPED / 2);
            self.text(&text, at, TEXT - 1, (HPos::Left, VPos::Center), &INK)?;
        }
        Ok(())
    }

    fn bar(&self, upper_left: (u32, u32), lower_right: (f64, u32), colour: RGBColor) -> Result<()> {
        self.bar_from((f64::from(upper_left.0), upper_left.1), lower_right, colour)
    }

    fn bar_from(&self, from: (f64, u32), to: (f64, u32), colour: RGBColor) -> Result<()> {
        let place = |(x, y): (f64, u32)| {
            ((x * f64::from(self.scale)).round() as i32, (y * self.scale) as i32)
        };
        let (from, to) = (place(from), place(to));
        if to.0 <= from.0 {
            return Ok(());
        }
        self.area.draw(&Rectangle::new([from, to], colour.filled())).map_err(drawing)
    }

    fn text(
        &self,
        text: &str,
        (x, y): (u32, u32),
        size: u32,
        (across, down): (HPos, VPos),
        colour: &RGBColor,
    ) -> Result<()> {
        let font = (FONT, size * self.scale).into_font();
        let style = TextStyle::from(font).color(colour).pos(Pos::new(across, down));
        // the middle of a line of text is above the middle of its letters
        let down = if matches!(down, VPos::Center) { self.scale } else { 0 };
        let at = ((x * self.scale) as i32, (y * self.scale + down) as i32);
        self.area.draw(&Text::new(text.to_owned(), at, style)).map_err(drawing)
    }
}

/// White on dark colours.
fn text_colour(RGBColor(r, g, b): RGBColor) -> RGBColor {
    let luminance = 0.3 * f64::from(r) + 0.59 * f64::from(g) + 0.11 * f64::from(b);
    if luminance < 125.0 { WHITE } else { BLACK }
}

/// Nominal width of a text.
fn text_width(text: &str) -> u32 {
    width_of(text, TEXT)
}

fn width_of(text: &str, size: u32) -> u32 {
    load_font();
    (FONT, size).into_font().box_size(text).map_or(0, |(width, _)| width)
}

/// The text, shortened if it is wider than `most`.
fn fitted(text: &str, most: u32) -> String {
    shortened(text, most, TEXT)
}

fn fitted_title(text: &str) -> String {
    shortened(text, WIDTH - 2 * MARGIN, 14)
}

/// Leaves out the middle of a text that is wider than `most`: names often differ at their end.
fn shortened(text: &str, most: u32, size: u32) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut shortened = text.to_owned();
    for n_kept in (0..letters.len()).rev() {
        if width_of(&shortened, size) <= most {
            break;
        }
        let n_last = 2 * n_kept / 5;
        let (first, last) = (&letters[..n_kept - n_last], &letters[letters.len() - n_last..]);
        let [first, last] = [first, last].map(|part| part.iter().collect::<String>());
        shortened = format!("{}...{}", first.trim_end(), last.trim_start());
    }
    shortened
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_shortened_to_their_width() {
        assert_eq!(fitted("short", MOST_LABEL), "short");
        let long = fitted("a very long name of a level with number 17", MOST_LABEL);
        assert!(long.starts_with("a very") && long.ends_with("17"), "{long}");
        assert!(text_width(&long) <= MOST_LABEL && text_width(&long) > MOST_LABEL / 2);
    }
}
