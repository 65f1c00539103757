//! Passes over rows of Parquet files, distributed over processes and machines.
//!
//! A pass is the query `SELECT mixture_statistics(x1, ..., xd) FROM rows`, with an aggregate function that contains the
//! request. Each partition of the rows is aggregated where it is read, and only the partial aggregates are sent.
//! [`Engine::local`] runs passes in this process, [`Engine::connect`] on the executors of a [`Scheduler`]. A [`ClusterTable`]
//! is a [`RowSource`](crate::RowSource): fits, searches, criteria and predictions accept it in place of a matrix. All paths
//! must lead to the same files on every machine.
//!
//! A request takes the following path. `backend` converts the request of a pass (`request`, `wire`). It is sent inside a
//! function (`statistics`, `carrier`, `codec`). For every partition, an `accumulator` creates a `partial_aggregate` from it and
//! adds the rows (`blocks`). The partial aggregates are sent as one binary column, merged in an order that depends on their
//! bytes alone, and returned to `backend`. Answers for each row are another function (`answers`), whose values a `job` fetches
//! in the order of the rows. An `engine` opens a `table` over a `connection` to a `scheduler`; `settings` are shared by all
//! processes. A file imports only from files that precede it in this order:
//! ```text
//! wire, failure, probe, process, work_folder, files
//! blocks, bottom_k_sample, request -> partial_aggregate -> accumulator
//! carrier -> statistics, answers -> codec -> settings -> watch -> scheduler, executor, job -> local
//! connection -> attempt_error -> table -> backend, engine
//! ```
//!
//! # Fault tolerance
//!
//! The scheduler removes an executor whose process has ended within two seconds, and one whose machine or network has failed
//! after eight seconds without a heartbeat, or a few seconds later if another executor is reading its results. Other executors
//! then repeat its share of the pass, and the sums are the same to the last bit. When no executor is left, or the scheduler
//! does not respond, a pass fails with an error within 15 seconds. Executors that lose the scheduler wait for it. Links must be
//! fast enough that results do not delay heartbeats for eight seconds.
//!
//! # Costs
//!
//! With d columns and K full components in float64, a pass transfers
//! ```text
//! rows        8 n d                       bytes from disk or network to the executors, as uncompressed Parquet
//! request     8 K (d² + d + 1)            bytes from the client to the scheduler once, and to an executor for every partition
//! statistics  8 K (d (d + 1) / 2 + d + 1)     bytes from every partition to the task that merges them
//! work        2 K d²                      operations per row: half for the responsibilities, half for the sums
//! ```
//! and the engine adds a few milliseconds for each pass and a few for each hundred partitions.
//!
//! # Example: 10¹⁰ rows of 64 columns, 64 full components, 100 machines of 32 cores
//!
//! **Rows.** 8 · 10¹⁰ · 64 bytes = 5.1 TB, 51 GB for each machine, in row groups of 250 000 rows: 40 000 row groups of 128 MB
//! in 4096 partitions (the maximum), 41 for each machine and slightly more than one for each core.
//!
//! **Work.** 2 · 64 · 64² = 524 000 operations per row, 5.2 · 10¹⁵ in all. A core of the benchmark machine (two cores,
//! AVX-512) does 40 · 10⁹ of them per second where clusters overlap, so 3200 cores take 41 s.
//!
//! **Reading.** In addition to that work, a core read 0.8 · 10⁹ bytes of Parquet per second from the system's cache (5 million
//! rows of 64 columns took 1.6 s longer on two cores than in memory), so 51 GB on 32 cores take 2 s more. From a disk of
//! 3 GB/s they take 17 s, over a network of 10 Gbit/s 41 s, at the same time as the work. The only cache is that of the
//! operating system: machines with more than 51 GB of free memory read from it, others read the disk in every pass.
//!
//! **Messages.** The request is 2.1 MB; 4096 partitions make 8.7 GB that one scheduler sends in every pass, 7 s at 10 Gbit/s.
//! Statistics are 1.1 MB for each partition, 4.5 GB in all to the one task that merges them, 4 s; since that is more than
//! [`MOST_BYTES`], they are merged as they arrive, so the last bits of the sums depend on the order of arrival.
//!
//! **Time.** About a minute for a pass if files are cached or on local disks: a fit of 50 iterations takes an hour. This is
//! an estimate from measurements on one machine; it has not been run.
//!
//! **Bottlenecks.** The first is the scheduler: its fan-out of requests and the single merging task grow with partitions times
//! K d², while the work of a machine shrinks. At K = 256 and d = 200 a request is 82 MB, and 4096 of them 340 GB: this would
//! need fewer, larger partitions, or a merge in two steps. A search increases the load, since all its models share a request;
//! on such data, fit one model at a time. The second is stragglers: a pass lasts as long as its slowest partition. A lost
//! machine costs its partitions, a hundredth of a pass, and eight seconds until it is considered lost.

mod accumulator;
mod answers;
mod attempt_error;
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
mod watch;
mod wire;
mod work_folder;

pub use engine::Engine;
pub use executor::Executor;
pub use scheduler::Scheduler;
pub use table::ClusterTable;

/// Maximum size in bytes of a message between processes: of a request, or of the statistics of a partition.
pub const MOST_BYTES: usize = 256 << 20;

/// Creates an [`Error::Cluster`](crate::Error::Cluster).
fn cluster_error(place: impl ToString, problem: impl ToString) -> crate::Error {
    crate::Error::Cluster { place: place.to_string(), problem: problem.to_string() }
}
