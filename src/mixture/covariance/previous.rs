//! What an M-step gets from the step before it.

/// The result of an earlier M-step, or memory that an M-step can reuse.
#[derive(Debug)]
pub(crate) enum Previous<'a, T> {
    /// Neither parameters nor memory.
    Nothing,
    /// Parameters of another fit, of which only the memory is reused.
    Memory(T),
    /// The parameters of the previous step, which the caller keeps.
    Kept(&'a T),
    /// The parameters of the previous step, whose memory may be reused.
    Owned(T),
}

impl<'a, T> Previous<'a, T> {
    /// Projects to a component of the parameters, if they have it.
    pub(crate) fn and_then<U>(
        self,
        borrowed: impl FnOnce(&'a T) -> Option<&'a U>,
        owned: impl FnOnce(T) -> Option<U>,
    ) -> Previous<'a, U> {
        let nothing = Previous::Nothing;
        match self {
            Self::Nothing => nothing,
            Self::Memory(parameters) => owned(parameters).map_or(nothing, Previous::Memory),
            Self::Kept(parameters) => borrowed(parameters).map_or(nothing, Previous::Kept),
            Self::Owned(parameters) => owned(parameters).map_or(nothing, Previous::Owned),
        }
    }

    /// The parameters of the previous step.
    pub(crate) fn parameters(&self) -> Option<&T> {
        match self {
            Self::Kept(parameters) => Some(parameters),
            Self::Owned(parameters) => Some(parameters),
            Self::Nothing | Self::Memory(_) => None,
        }
    }

    /// Memory that may be reused; its content is arbitrary.
    pub(super) fn into_memory(self) -> Option<T> {
        match self {
            Self::Memory(memory) | Self::Owned(memory) => Some(memory),
            Self::Nothing | Self::Kept(_) => None,
        }
    }
}
