//! What the functions of a cluster have in common: a name with a version, and bytes that travel with it.
//!
//! As an argument the bytes would be a literal, and engines print, copy and compare literals many times on the way of a plan:
//! seven seconds for a request of 20 MiB.

use std::fmt::{self, Debug, Formatter};
use std::sync::Arc;

use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::{Signature, Volatility};

/// The number of what requests, questions and sums look like: processes that differ in it do not understand one another.
const PROTOCOL: u32 = 3;

/// What names of functions begin with, whichever version of mixlab they belong to.
const STEM: &str = "mixture_";

/// What stands before the bytes in a plan: nothing at all would be no function.
const MARK: u8 = b'm';

/// A function of the columns of doubles, by its name and its bytes.
#[derive(PartialEq, Eq, Hash)]
pub(super) struct Carrier {
    pub(super) name: String,
    pub(super) signature: Signature,
    pub(super) bytes: Arc<[u8]>,
}

impl Carrier {
    pub(super) fn new(kind: &str, bytes: &[u8]) -> Self {
        let signature = Signature::variadic_any(Volatility::Immutable);
        Self { name: name(kind), signature, bytes: bytes.into() }
    }

    /// Writes the bytes into a plan.
    pub(super) fn encode(&self, plan: &mut Vec<u8>) {
        plan.reserve(self.bytes.len() + 1);
        plan.push(MARK);
        plan.extend_from_slice(&self.bytes);
    }

    /// The function from its name and its bytes in a plan.
    pub(super) fn decode(kind: &str, name: &str, plan: &[u8]) -> Result<Self> {
        match plan {
            [MARK, bytes @ ..] if name == self::name(kind) => Ok(Self::new(kind, bytes)),
            _ => plan_err!("there is no function {name}"),
        }
    }
}

impl Debug for Carrier {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        // the bytes can be very many
        f.debug_tuple(&self.name).field(&self.bytes.len()).finish()
    }
}

/// The name of a function of this mixlab. Processes of another version do not know it, rather than take the bytes of this
/// one for theirs.
fn name(kind: &str) -> String {
    format!("{STEM}{kind}_v{}_{PROTOCOL}", env!("CARGO_PKG_VERSION"))
}

/// Whether an engine's error says that a process does not know a function: it is of another version, or no mixlab at all.
pub(super) fn is_unknown(text: &str) -> bool {
    text.contains(&format!("function {STEM}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_travel_with_their_bytes_and_are_unknown_to_other_versions() {
        for bytes in [&b""[..], b"m", &[7; 100]] {
            let function = Carrier::new("statistics", bytes);
            let mut plan = Vec::new();
            function.encode(&mut plan);
            assert!(Carrier::decode("statistics", &function.name, &plan).unwrap() == function);
            assert!(Carrier::decode("answers", &function.name, &plan).is_err());
            let other = Carrier::decode("statistics", "mixture_statistics_v0.0.1_1", &plan);
            assert!(is_unknown(&other.unwrap_err().to_string()));
        }
    }
}
