//! Functions that carry an encoded request: a name with a version, and bytes that are serialised with it.
//!
//! As an argument the bytes would be a literal, which the engine prints, copies and compares many times while it plans: seven
//! seconds for a request of 20 MiB.

use std::fmt::{self, Debug, Formatter};
use std::sync::Arc;

use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::{Signature, Volatility};

/// Version of the encoding of requests and partial aggregates; processes of different versions are incompatible.
const PROTOCOL: u32 = 3;

/// Prefix of the names of functions of every version of mixlab.
const PREFIX: &str = "mixture_";

/// Precedes the bytes in a plan, since the engine takes empty bytes for the absence of a function definition.
const MARKER: u8 = b'm';

/// A function of columns of doubles with its encoded request.
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
        plan.push(MARKER);
        plan.extend_from_slice(&self.bytes);
    }

    /// Reads the function from its name and its bytes in a plan.
    pub(super) fn decode(kind: &str, name: &str, plan: &[u8]) -> Result<Self> {
        match plan {
            [MARKER, bytes @ ..] if name == self::name(kind) => Ok(Self::new(kind, bytes)),
            _ => plan_err!("unknown function {name}"),
        }
    }
}

impl Debug for Carrier {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        // the length alone, since a request can have megabytes
        f.debug_tuple(&self.name).field(&self.bytes.len()).finish()
    }
}

/// Returns the name of a function of this version of mixlab. It is unknown to other versions, so they never decode bytes of
/// this one.
fn name(kind: &str) -> String {
    format!("{PREFIX}{kind}_v{}_{PROTOCOL}", env!("CARGO_PKG_VERSION"))
}

/// Whether an engine's error reports that a process lacks a function: it runs another version, or is not mixlab.
pub(super) fn is_unknown(text: &str) -> bool {
    text.contains(&format!("function {PREFIX}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_keep_their_bytes_and_are_unknown_to_other_versions() {
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
