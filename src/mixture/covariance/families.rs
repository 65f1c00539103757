//! The macro that defines the types of all families, and dispatches on them, from one list.

/// Defines the enum of covariance families from a declaration that lists each of them once.
///
/// `($)` passes the dollar sign to the macros that this one defines:
///
/// | macro | value |
/// | --- | --- |
/// | `for_spec!(spec, F, settings => answer)` | `answer`, with `F` the family of `spec` |
/// | `for_members!(members, family => answer)` | `answer`, with `family` the covariances of any family |
/// | `for_all!(F => answer)` | an array of `answer` for every family |
macro_rules! families {
    (
        ($d:tt)
        $(#[$meta:meta])*
        pub enum $Spec:ident {
            $(
                $(#[$doc:meta])*
                $Family:ident $({ $($(#[$setting_doc:meta])* $setting:ident: $Setting:ty),+ $(,)? })?
            ),+ $(,)?
        }
    ) => {
        $(#[$meta])*
        pub enum $Spec {
            $($(#[$doc])* $Family $({ $($(#[$setting_doc])* $setting: $Setting),+ })?),+
        }

        /// Covariances of one of the families.
        #[derive(Debug, Clone, PartialEq)]
        enum Members {
            $($Family($Family)),+
        }

        $(impl Listed for $Family {
            #[allow(unused_parens, reason = "one setting is a value, several are a tuple")]
            fn spec(settings: Self::Settings) -> $Spec {
                let ($($($setting),+)?) = settings;
                $Spec::$Family $({ $($setting),+ })?
            }

            fn into_members(self) -> Members {
                Members::$Family(self)
            }

            fn from_members(members: Members) -> Option<Self> {
                match members {
                    Members::$Family(family) => Some(family),
                    _ => None,
                }
            }

            fn of_members(members: &Members) -> Option<&Self> {
                match members {
                    Members::$Family(family) => Some(family),
                    _ => None,
                }
            }
        })+

        macro_rules! for_spec {
            ($d spec:expr, $d F:ident, $d settings:pat => $d answer:expr) => {
                match $d spec {
                    $($Spec::$Family $({ $($setting),+ })? => {
                        type $d F = $crate::mixture::covariance::$Family;
                        let $d settings = ($($($setting),+)?);
                        $d answer
                    })+
                }
            };
        }

        macro_rules! for_members {
            ($d members:expr, $d family:ident => $d answer:expr) => {
                match $d members {
                    $(Members::$Family($d family) => $d answer),+
                }
            };
        }

        macro_rules! for_all {
            ($d F:ident => $d answer:expr) => {
                [$({
                    type $d F = $crate::mixture::covariance::$Family;
                    $d answer
                }),+]
            };
        }
    };
}
