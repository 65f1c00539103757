//! What each command does, a file for each.

#[cfg(feature = "cluster")]
pub mod cluster;
pub mod compare;
pub mod convert;
pub mod datasets;
pub mod fit;
pub mod info;
#[cfg(feature = "notebooks")]
pub mod notebook;
#[cfg(feature = "plot")]
pub mod plot;
pub mod predict;
#[cfg(feature = "reproduce")]
pub mod reproduce;
pub mod sample;
pub mod score;
#[cfg(feature = "verify")]
pub mod verify;
