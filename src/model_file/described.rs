//! The interface of types that consist of fields.

use super::fields::Fields;
use super::source::Source;
use crate::error::Result;

/// A type that consists of fields. Model files, scikit-learn's arrays, serde and the wire format of a cluster all use this
/// description.
pub(crate) trait Described: Sized {
    /// Returns the fields, in the order of model files.
    fn fields(&self) -> Fields<'_>;

    /// Constructs the value from fields, with validation.
    ///
    /// # Errors
    /// Errors of the source and of the constructor.
    fn from_fields(source: &mut Source<'_>) -> Result<Self>;
}

/// An optional section of a model file.
pub(super) trait Section: Described {
    /// Names of the fields that exist if the section exists.
    const NAMES: &'static [&'static str];

    /// Reads the section, if its fields exist.
    fn find(source: &mut Source<'_>) -> Result<Option<Self>> {
        if source.group(Self::NAMES)? { Self::from_fields(source).map(Some) } else { Ok(None) }
    }
}

/// Implements [`Described`] and [`Section`] by the name of each field with its getter, optional fields, and the constructor.
macro_rules! section {
    (
        $Section:ty { $($name:literal = $value:expr,)+ }
        $(optional { $($optional:literal = $optional_value:expr,)+ })?
        => $new:expr
    ) => {
        impl Described for $Section {
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

        impl Section for $Section {
            const NAMES: &'static [&'static str] = &[$($name),+];
        }
    };
}
