//! Drawing of bars.

use super::{Arrangement, Bar, ShareBars};
use crate::plot::colour::{BLACK, INK, Rgb, WHITE};
use crate::plot::draw::flow;
use crate::plot::drawing::{Align, Area, Drawing, MIDDLE, Point, Shape, Text, text_width};
use crate::plot::font::{TICK, TITLE};

/// Nominal width of a panel.
const WIDTH: f64 = 440.0;
const MARGIN: f64 = 12.0;
const TITLE_ROOM: f64 = 28.0;
/// Largest width of the labels of lines, and the distance to the bars.
const MOST_LABEL: f64 = 150.0;
const GAP: f64 = 8.0;
/// Width of the numbers to the right of grouped bars, and their size.
const NUMBERS: f64 = 50.0;
const NUMBER: f64 = 11.0;
/// Heights of a stacked bar and of one of several grouped bars, and the space below a line.
const STACKED: f64 = 19.0;
const GROUPED: f64 = 12.0;
const SPACE: f64 = 7.0;
/// Height of a line of the legend, the side of its squares, the distance to their names and that between entries.
const LEGEND: f64 = 18.0;
const SQUARE: f64 = 10.0;
const NEXT_TO: f64 = 5.0;
const BETWEEN: f64 = 14.0;

/// The nominal place of an entry of the legend.
struct Entry {
    text: String,
    colour: Rgb,
    x: f64,
    line: usize,
}

impl ShareBars {
    /// Nominal size of the panel.
    pub(in crate::plot) fn size(&self) -> (u32, u32) {
        let n_lines = self.entries().last().map_or(0, |entry| entry.line + 1);
        (WIDTH as u32, (self.legend_top() + n_lines as f64 * LEGEND + MARGIN) as u32)
    }

    fn line_height(&self) -> f64 {
        match self.arrangement {
            Arrangement::Stacked => STACKED,
            Arrangement::Grouped => GROUPED * self.legend.len().max(1) as f64,
        }
    }

    fn legend_top(&self) -> f64 {
        MARGIN + TITLE_ROOM + self.lines.len() as f64 * (self.line_height() + SPACE) + SPACE
    }

    /// The entries of the legend, as many on a line as fit.
    fn entries(&self) -> Vec<Entry> {
        let most = WIDTH - 2.0 * MARGIN;
        let names = self.legend.iter().map(|(name, _)| shortened(name, most - SQUARE - GAP, TICK));
        let names: Vec<String> = names.collect();
        let widths = names.iter().map(|name| SQUARE + NEXT_TO + text_width(name, TICK));
        let places = flow(widths, BETWEEN, most);
        let entries = self.legend.iter().zip(names).zip(places);
        entries
            .map(|(((_, colour), text), (x, line))| Entry {
                text,
                colour: colour.rgb(),
                x: MARGIN + x,
                line,
            })
            .collect()
    }

    /// Draws the panel with its upper left corner at `origin`.
    pub(in crate::plot) fn draw(&self, drawing: &mut Drawing, origin: Point) {
        let mut pen = Pen { drawing, origin };
        let title = shortened(&self.title, WIDTH - 2.0 * MARGIN, TITLE);
        pen.text(&title, (WIDTH / 2.0, MARGIN + 0.5 * TITLE), TITLE, Align::Centre, INK);
        let labels: Vec<String> =
            self.lines.iter().map(|(label, _)| shortened(label, MOST_LABEL, TICK)).collect();
        let widest = labels.iter().map(|label| text_width(label, TICK)).fold(0.0, f64::max);
        let left = MARGIN + GAP + widest;
        for (at, ((_, bars), label)) in self.lines.iter().zip(&labels).enumerate() {
            let upper = MARGIN + TITLE_ROOM + at as f64 * (self.line_height() + SPACE);
            let middle = upper + 0.5 * self.line_height();
            pen.text(label, (left - GAP, middle), TICK, Align::Right, INK);
            match self.arrangement {
                Arrangement::Stacked => pen.stacked(bars, (left, upper)),
                Arrangement::Grouped => pen.grouped(bars, (left, upper), self.most()),
            }
        }
        for Entry { text, colour, x, line } in self.entries() {
            let upper = self.legend_top() + line as f64 * LEGEND;
            let top = upper + 0.5 * (LEGEND - SQUARE);
            pen.bar(Area { left: x, top, width: SQUARE, height: SQUARE }, colour);
            let at = (x + SQUARE + NEXT_TO, upper + 0.5 * LEGEND);
            pen.text(&text, at, TICK, Align::Left, INK);
        }
    }

    /// The largest share.
    fn most(&self) -> f64 {
        let shares = self.lines.iter().flat_map(|(_, bars)| bars.iter().map(|bar| bar.share));
        shares.fold(0.0, f64::max)
    }
}

/// Draws at positions from the upper left corner of the panel.
struct Pen<'a> {
    drawing: &'a mut Drawing,
    origin: Point,
}

impl Pen<'_> {
    fn stacked(&mut self, bars: &[Bar], (left, top): Point) {
        let width = WIDTH - MARGIN - left;
        let mut begin = left;
        for bar in bars {
            let length = bar.share * width;
            let area = Area { left: begin, top, width: length, height: STACKED };
            self.bar(area, bar.colour.rgb());
            let text = format!("{:.0} %", 100.0 * bar.share);
            if length > text_width(&text, TICK) + 6.0 {
                let at = (begin + 0.5 * length, top + 0.5 * STACKED);
                self.text(&text, at, TICK, Align::Centre, text_colour(bar.colour.rgb()));
            }
            begin += length;
        }
    }

    fn grouped(&mut self, bars: &[Bar], (left, top): Point, most: f64) {
        let full = WIDTH - MARGIN - NUMBERS - left;
        for (at, bar) in bars.iter().enumerate() {
            let top = top + at as f64 * GROUPED;
            let width = if most > 0.0 { bar.share / most * full } else { 0.0 };
            self.bar(Area { left, top, width, height: GROUPED - 1.0 }, bar.colour.rgb());
            let text = format!("{:.1} %", 100.0 * bar.share);
            let at = (left + width + NEXT_TO, top + 0.5 * (GROUPED - 1.0));
            self.text(&text, at, NUMBER, Align::Left, INK);
        }
    }

    fn bar(&mut self, area: Area, colour: Rgb) {
        let (left, top) = (area.left + self.origin.0, area.top + self.origin.1);
        if area.width > 0.0 {
            self.drawing.rectangle(Area { left, top, ..area }, colour.solid());
        }
    }

    /// Writes a text with its middle at a height.
    fn text(&mut self, text: &str, (x, middle): Point, size: f64, align: Align, colour: Rgb) {
        let at = (self.origin.0 + x, self.origin.1 + middle + MIDDLE * size);
        let text = Text { text: text.into(), at, size, align, is_vertical: false, colour };
        self.drawing.push(Shape::Text(text));
    }
}

/// White on dark colours.
fn text_colour(colour: Rgb) -> Rgb {
    if colour.lab()[0] < 55.0 { WHITE } else { BLACK }
}

/// Leaves out the middle of a text that is wider than `most`: names often differ at their end.
fn shortened(text: &str, most: f64, size: f64) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut shortened = text.to_owned();
    for n_kept in (0..letters.len()).rev() {
        if text_width(&shortened, size) <= most {
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
        let fitted = |text: &str| shortened(text, MOST_LABEL, TICK);
        assert_eq!(fitted("short"), "short");
        let long = fitted("a very long name of a level with number 17");
        assert!(long.starts_with("a very") && long.ends_with("17"), "{long}");
        let width = text_width(&long, TICK);
        assert!(width <= MOST_LABEL && width > MOST_LABEL / 2.0);
    }
}
