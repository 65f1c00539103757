//! Headers of the `.npy` format: a writer, and a parser of a flat grammar.

/// A description of what is wrong with a file.
pub(super) type Problem = String;

pub(super) const MAGIC: &[u8] = b"\x93NUMPY";

/// Maximum length of a header that is read; NumPy's own limit is 10 000 bytes.
pub(super) const LONGEST_HEADER: usize = 10_000;

/// Maximum depth of records in records.
const DEEPEST: usize = 8;

/// The element type that a header states.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Descr {
    /// Byte order, a letter and the number of bytes, such as `<f8`.
    Plain(String),
    /// Records of fields.
    Record(Vec<Field>),
}

/// A field of a record.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) descr: Descr,
    /// Sides of the array in the field; empty for a single value.
    pub(super) shape: Vec<usize>,
}

/// The entries of a header.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) descr: Descr,
    pub(super) fortran_order: bool,
    pub(super) shape: Vec<usize>,
}

/// Formats a header of version 1, padded with spaces to a multiple of `unit` bytes; NumPy pads to 64.
pub(super) fn header(descr: &str, shape: &[usize], unit: usize) -> Vec<u8> {
    let sides: Vec<String> = shape.iter().map(|side| format!("{side},")).collect();
    let shape = sides.join(" ");
    let mut text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({shape}), }}");
    let before = MAGIC.len() + 4;
    let length = (before + text.len() + 1).next_multiple_of(unit) - before;
    text += &" ".repeat(length - 1 - text.len());
    text.push('\n');
    [MAGIC, &[1, 0], &(length as u16).to_le_bytes(), text.as_bytes()].concat()
}

/// Splits a file into the text of its header and the content.
pub(super) fn split(bytes: &[u8]) -> Result<(&str, &[u8]), Problem> {
    let cut_off = "it is cut off within its header";
    let rest = bytes.strip_prefix(MAGIC).ok_or("it does not begin like a .npy file")?;
    let (version, rest) = rest.split_first_chunk::<2>().ok_or(cut_off)?;
    let (length, rest) = match version[0] {
        1 => {
            let (length, rest) = rest.split_first_chunk().ok_or(cut_off)?;
            (usize::from(u16::from_le_bytes(*length)), rest)
        }
        2 | 3 => {
            let (length, rest) = rest.split_first_chunk().ok_or(cut_off)?;
            (u32::from_le_bytes(*length) as usize, rest)
        }
        other => {
            return Err(format!(
                "it has version {other} of the format; versions 1 to 3 are supported"
            ));
        }
    };
    if length > LONGEST_HEADER {
        return Err(format!("its header has {length} bytes; at most {LONGEST_HEADER} are read"));
    }
    let (header, content) = rest.split_at_checked(length).ok_or(cut_off)?;
    let header = std::str::from_utf8(header).map_err(|_| "its header is not text")?;
    Ok((header, content))
}

impl Header {
    /// Parses `{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }`, with keys in any order.
    pub(super) fn parse(text: &str) -> Result<Self, Problem> {
        let mut text = Text(text.trim());
        let (mut descr, mut fortran_order, mut shape) = (None, None, None);
        text.expect('{')?;
        while !text.accept('}') {
            let key = text.string()?;
            text.expect(':')?;
            let repeated = match key {
                "descr" => descr.replace(text.descr(DEEPEST)?).is_some(),
                "fortran_order" => fortran_order.replace(text.boolean()?).is_some(),
                "shape" => shape.replace(text.sides()?).is_some(),
                other => return Err(format!("its header has an unknown entry {other:?}")),
            };
            if repeated {
                return Err(format!("its header has two entries {key:?}"));
            }
            if !text.accept(',') {
                text.expect('}')?;
                break;
            }
        }
        if !text.0.is_empty() {
            return Err(unparsable(text.0));
        }
        let missing = |key: &str| format!("its header has no entry {key:?}");
        Ok(Self {
            descr: descr.ok_or_else(|| missing("descr"))?,
            fortran_order: fortran_order.ok_or_else(|| missing("fortran_order"))?,
            shape: shape.ok_or_else(|| missing("shape"))?,
        })
    }

    /// Product of the sides; `None` if the product of the nonzero sides exceeds the address space.
    pub(super) fn n_elements(&self) -> Option<usize> {
        let sides = self.shape.iter().filter(|&&side| side > 0);
        let product = sides.copied().try_fold(1_usize, usize::checked_mul)?;
        isize::try_from(product).ok()?;
        Some(if self.shape.contains(&0) { 0 } else { product })
    }
}

fn unparsable(text: &str) -> Problem {
    let shown: String = text.chars().take(20).collect();
    format!("its header cannot be parsed at {shown:?}")
}

/// The unparsed rest of a header; spaces before a token are skipped.
struct Text<'a>(&'a str);

impl<'a> Text<'a> {
    /// Consumes a character, if it is the next.
    fn accept(&mut self, character: char) -> bool {
        match self.0.trim_start().strip_prefix(character) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, character: char) -> Result<(), Problem> {
        if self.accept(character) { Ok(()) } else { Err(unparsable(self.0.trim_start())) }
    }

    /// Parses a quoted string without escapes.
    fn string(&mut self) -> Result<&'a str, Problem> {
        let text = self.0.trim_start();
        for quote in ['\'', '"'] {
            if let Some((string, rest)) = text.strip_prefix(quote).and_then(|t| t.split_once(quote))
            {
                self.0 = rest;
                return Ok(string);
            }
        }
        Err(unparsable(text))
    }

    /// Parses an element type: a string, or a list of fields.
    fn descr(&mut self, depth: usize) -> Result<Descr, Problem> {
        if !self.accept('[') {
            return Ok(Descr::Plain(self.string()?.to_owned()));
        }
        if depth == 0 {
            return Err(format!("its records are nested more than {DEEPEST} deep"));
        }
        let mut fields = Vec::new();
        while !self.accept(']') {
            fields.push(self.field(depth)?);
            if !self.accept(',') {
                self.expect(']')?;
                break;
            }
        }
        Ok(Descr::Record(fields))
    }

    /// Parses a field: `('name', '<f8')` or `(('title', 'name'), '<f8', (3,))`.
    fn field(&mut self, depth: usize) -> Result<Field, Problem> {
        self.expect('(')?;
        let name = if self.accept('(') {
            self.string()?;
            self.expect(',')?;
            let name = self.string()?;
            self.expect(')')?;
            name
        } else {
            self.string()?
        };
        self.expect(',')?;
        let descr = self.descr(depth - 1)?;
        let shape = if self.accept(',') { self.sides()? } else { Vec::new() };
        self.expect(')')?;
        Ok(Field { name: name.to_owned(), descr, shape })
    }

    fn boolean(&mut self) -> Result<bool, Problem> {
        let text = self.0.trim_start();
        for (word, value) in [("True", true), ("False", false)] {
            if let Some(rest) = text.strip_prefix(word) {
                self.0 = rest;
                return Ok(value);
            }
        }
        Err(unparsable(text))
    }

    /// Parses decimal numbers in parentheses, separated by commas, with an optional trailing comma.
    fn sides(&mut self) -> Result<Vec<usize>, Problem> {
        let mut sides = Vec::new();
        self.expect('(')?;
        while !self.accept(')') {
            let text = self.0.trim_start();
            let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let side = text[..digits].parse().map_err(|_| unparsable(text))?;
            sides.push(side);
            self.0 = &text[digits..];
            if !self.accept(',') {
                self.expect(')')?;
                break;
            }
        }
        Ok(sides)
    }
}
