//! Settings of covariance families, and their spelling.

/// Settings of a family: a part of its name, or written after it and a colon.
pub(crate) trait Settings: Copy {
    /// The settings with the colon as error messages show them; empty if there are none.
    const SYNTAX: &'static str = "";

    /// The name of the `family` with these settings.
    fn name(self, family: &'static str) -> &'static str {
        family
    }

    /// The settings of the `family` by a name and the text after a colon, if there is one; none if they are not of the family.
    fn parse(family: &'static str, name: &str, text: Option<&str>) -> Option<Self>;

    /// Formats the settings with the colon; empty if there are none.
    fn suffix(self) -> String {
        String::new()
    }
}

impl Settings for () {
    fn parse(family: &'static str, name: &str, text: Option<&str>) -> Option<()> {
        (name == family && text.is_none()).then_some(())
    }
}
