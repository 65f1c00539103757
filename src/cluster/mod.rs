//! Passes over rows of Parquet files, shared among processes and machines.
//!
//! A pass asks one question of every row: `SELECT mixture_statistics(x1, ..., xd) FROM rows`, of a function that carries the
//! request. Each partition of the rows is summed up where it is read, and only the sums travel. [`Engine::local`] runs it in
//! this process, [`Engine::connect`] on the executors of a [`Scheduler`]. A [`ClusterTable`] is a
//! [`RowSource`](crate::RowSource) like any other: fits, searches, criteria and answers take it as they take a matrix. All
//! paths must lead to the same files on every machine.
//!
//! The way of a request: `backend` makes it of what a fit asks (`request`, `wire`); it travels as a part of a function
//! (`statistics`, `carrier`, `codec`); in every partition an `accumulator` begins a `partial_aggregate` by it, to which rows are
//! added (`blocks`); the sums travel as one binary column, are merged in an order that depends on nothing but them, and come
//! back to `backend`. Answers to each row are another function (`answers`), whose values a `job` brings back in the order of
//! the rows. Around them, an `engine` opens a `table` over a `connection` to a `scheduler`; `settings` are what processes agree
//! on. A file imports from those that come before it in this order:
//! ```text
//! wire, failure, probe, process, work_folder, files
//! blocks, bottom_k_sample, request -> partial_aggregate -> accumulator
//! carrier -> statistics, answers -> codec -> settings -> watch -> scheduler, executor, job -> local
//! connection -> trouble -> table -> backend, engine
//! ```
//!
//! # What goes wrong
//!
//! An executor whose process has ended is off the scheduler's list within two seconds, one that is gone without a word (its
//! machine, its network) after eight seconds of silence, and a few more if somebody reads its results. Others then do its part of the pass again, and the sums are the same
//! to the last bit. When no executor is left, or the scheduler does not answer, a pass ends with an error within 15 seconds.
//! Executors that find the scheduler gone wait for it. Links must be fast enough for results not to hold up heartbeats for
//! eight seconds.
//!
//! # What it costs
//!
//! With d columns and K full components, float64, what moves in a pass is
//! ```text
//! rows        8 n d                       bytes from disk or network to the executors, as Parquet without compression
//! request     8 K (d² + d + 1)            bytes, from the client to the scheduler once, and on with every partition
//! statistics  8 K (d (d + 1) / 2 + d + 1)     bytes from every partition to the one that merges them
//! work        2 K d²                      operations a row: half for the posteriors, half for the sums
//! ```
//! and the engine adds some milliseconds for each pass and some for each hundred partitions.
//!
//! # An example: 10¹⁰ rows of 64 columns, 64 full components, 100 machines of 32 cores
//!
//! **Rows.** 8 · 10¹⁰ · 64 bytes = 5.1 TB, 51 GB for each machine, in files of 250 000 rows for each row group: 40 000 row
//! groups of 128 MB in 4096 partitions (the most there are), 41 for each machine and somewhat more than one for each core.
//!
//! **Work.** 2 · 64 · 64² = 524 000 operations a row, 5.2 · 10¹⁵ in all. A core of the machine that the benchmarks were made
//! on (two of them, AVX-512) does 40 · 10⁹ of them a second where clusters overlap, so 3200 cores take 41 s.
//!
//! **Reading.** Beside that work, a core took in 0.8 · 10⁹ bytes of Parquet a second from the system's cache (5 million rows
//! of 64 columns took 1.6 s longer on two cores than in memory), so that 51 GB on 32 cores take 2 s more. From a disk of
//! 3 GB/s they take 17 s, over a network of 10 Gbit/s 41 s, at the same time as the work. There is no cache but that of the
//! operating system: machines with more than 51 GB to spare read from it, others read the disk in every pass.
//!
//! **Messages.** The request is 2.1 MB; 4096 partitions make 8.7 GB that one scheduler sends in every pass, 7 s at 10 Gbit/s.
//! Statistics are 1.1 MB for each partition, 4.5 GB in all to the one task that merges them, 4 s; and since that is more than
//! [`MOST_BYTES`], they are merged as they come, so that the last bits of the sums depend on who was first.
//!
//! **Time.** About a minute for a pass where files are cached or disks local: a fit of 50 iterations takes an hour. This is
//! arithmetic from what was measured on one machine; nobody has run it.
//!
//! **What breaks first** is the scheduler: its fan-out of requests and the single task that merges grow with partitions times
//! K d², while the work of a machine shrinks. At K = 256 and d = 200 a request is 82 MB, and 4096 of them 340 GB: fewer,
//! larger partitions, or a merge in two steps, would be next. A search makes it worse, since all its models share a request;
//! on such data, fit one model at a time. Then come stragglers: a pass lasts as long as its slowest partition. A machine that
//! is lost costs its partitions, a hundredth of a pass, and eight seconds until its silence is believed.

mod accumulator;
mod answers;
mod backend;
mod blocks;
mod bottom_k_sample;
mod carrier;
mod codec;
mod connection;
mod engine;
mod executor;
mod failure;
mod files;
mod job;
mod local;
mod partial_aggregate;
mod probe;
mod process;
mod request;
mod scheduler;
mod settings;
mod statistics;
mod table;
mod trouble;
mod watch;
mod wire;
mod work_folder;

pub use engine::Engine;
pub use executor::Executor;
pub use scheduler::Scheduler;
pub use table::ClusterTable;

/// Most bytes of a message between processes, and so of a request and of the statistics of a partition.
pub const MOST_BYTES: usize = 256 << 20;

/// An [`Error::Cluster`](crate::Error::Cluster).
fn cluster_error(place: impl ToString, problem: impl ToString) -> crate::Error {
    crate::Error::Cluster { place: place.to_string(), problem: problem.to_string() }
}
