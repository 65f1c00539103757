//! The verdicts of a comparison: faithful, useful, private.

use super::Comparison;
use crate::metrics::quality::HoldoutPrivacy;

/// The answer to one of the three questions about synthetic rows.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verdict {
    /// What the synthetic rows may be: `faithful`, `useful` or `private`.
    pub quality: &'static str,
    /// Whether they are; none if it could not be tested.
    pub holds: Option<bool>,
    /// The reason, a sentence without an end.
    pub reason: String,
}

impl Comparison {
    /// Returns the three verdicts.
    ///
    /// - faithful: the synthetic rows [follow](Self::follows) the original distribution.
    /// - useful: predictions of real rows keep at least 90 % of their [scores](crate::quality::Usefulness::kept), or the loss may be
    ///   [chance](crate::quality::Usefulness::is_useful).
    /// - private: no more rows look like [copies](crate::quality::Nearest::copies) than by chance, and held-out rows, if there are any, show
    ///   no [leak](crate::quality::HoldoutPrivacy::leaks).
    pub fn verdicts(&self) -> [Verdict; 3] {
        [self.faithful(), self.useful(), self.private()]
    }

    /// Returns the verdicts on faithfulness and privacy as a sentence.
    pub fn verdict(&self) -> String {
        let failed = self.failed();
        let follows = match failed.as_slice() {
            [] => "the synthetic rows follow the original distribution".to_owned(),
            faults => format!(
                "the synthetic rows do not follow the original distribution: {}",
                faults.join(", ")
            ),
        };
        let private = self.private();
        if private.holds == Some(false) {
            format!("{follows}; {}", private.reason)
        } else {
            follows
        }
    }

    /// The faults that tests found.
    fn failed(&self) -> Vec<&'static str> {
        let failed = self.findings().into_iter().filter(|finding| !finding.passes);
        failed.map(|finding| finding.fault).collect()
    }

    fn faithful(&self) -> Verdict {
        let failed = self.failed();
        let reason = match failed.as_slice() {
            [] => "they follow the original distribution".to_owned(),
            faults => faults.join(", "),
        };
        Verdict { quality: "faithful", holds: Some(failed.is_empty()), reason }
    }

    fn useful(&self) -> Verdict {
        let Some(usefulness) = &self.usefulness else {
            let reason =
                "not tested: it needs 30 rows to learn from, 30 to predict, and 2 to 20 columns or a target"
                    .to_owned();
            return Verdict { quality: "useful", holds: None, reason };
        };
        let rows = if usefulness.held_out { "held-out" } else { "original" };
        let chance = match usefulness.is_useful() {
            Some(true) if usefulness.p_value.is_some() => ", which may be chance",
            _ => "",
        };
        let reason = usefulness.kept().map_or_else(
            || "no column can be predicted from the others".to_owned(),
            |kept| {
                format!(
                    "predictions of {rows} rows keep {:.0} % of their score{chance}",
                    100.0 * kept
                )
            },
        );
        Verdict { quality: "useful", holds: usefulness.is_useful(), reason }
    }

    fn private(&self) -> Verdict {
        let copies = self.nearest.copies();
        let leaks = self.holdout.as_ref().is_some_and(HoldoutPrivacy::leaks);
        let reason = match (copies, leaks, &self.holdout) {
            (true, ..) => "more look like copies of original rows than by chance",
            (_, true, _) => "they tell more about training rows than about held-out rows",
            (.., Some(_)) => "they tell no more about training rows than about held-out rows",
            (.., None) => "no more look like copies than by chance",
        };
        Verdict { quality: "private", holds: Some(!copies && !leaks), reason: reason.to_owned() }
    }
}
