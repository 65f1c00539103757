//! What it means to consist of fields.

use super::fields::Fields;
use super::source::Source;
use crate::error::Result;

/// What consists of fields. This is all that says so: files, scikit-learn's arrays, serde and the wire of a cluster go
/// over the fields, whatever they are.
pub(crate) trait Described: Sized {
    /// The fields, in the order of files.
    fn fields(&self) -> Fields<'_>;

    /// The same from fields, with everything checked again.
    ///
    /// # Errors
    /// Those of the source, and those of the constructor of what is read.
    fn from_fields(source: &mut Source<'_>) -> Result<Self>;
}

/// What a model may have or not.
pub(super) trait Part: Described {
    /// The fields that are there if it is.
    const NAMES: &'static [&'static str];

    /// The part, if its fields are there.
    fn find(source: &mut Source<'_>) -> Result<Option<Self>> {
        if source.group(Self::NAMES)? { Self::from_fields(source).map(Some) } else { Ok(None) }
    }
}

/// Describes a part: the name of each field with what gives its value, fields that need not be there, and what makes
/// the part of the values.
macro_rules! part {
    (
        $Part:ty { $($name:literal = $value:expr,)+ }
        $(optional { $($optional:literal = $optional_value:expr,)+ })?
        => $new:expr
    ) => {
        impl Described for $Part {
            fn fields(&self) -> Fields<'_> {
                let mut fields = Fields::default();
                $(fields.push($name, $value(self));)+
                $($(fields.push($optional, $optional_value(self));)+)?
                fields
            }

            fn from_fields(source: &mut Source<'_>) -> Result<Self> {
                $new($(source.read($name)?,)+ $($(source.read($optional)?,)+)?)
            }
        }

        impl Part for $Part {
            const NAMES: &'static [&'static str] = &[$($name),+];
        }
    };
}
