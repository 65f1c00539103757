//! Tests of the library by behaviour, in one program, which compiles in a fraction of the time of one for each file.
//!
//! The programs beside it need features of their own, or run with others: `cli`, `streamed`, `serde_models`, `notebooks` and `cluster`.

mod bootstrap;
#[cfg(feature = "compare")]
mod calibration;
mod classes;
mod convergence;
mod datasets;
#[cfg(all(unix, feature = "cli"))]
mod faults;
mod golden;
mod loaders;
mod low_rank;
mod mclust;
mod mixed_pipelines;
mod mixed_rows;
mod mixture;
#[cfg(feature = "download")]
mod olivetti;
mod pieces;
mod pipeline;
#[cfg(feature = "cli")]
mod processors;
mod properties;
#[cfg(feature = "json")]
mod reference;
#[cfg(all(feature = "cli", feature = "reproduce"))]
mod reproduce;
mod rules;
mod schema;
mod shapes;
mod tables;
mod tails;
mod text_tables;
mod torture;
#[cfg(all(feature = "cli", feature = "verify"))]
mod verify;
