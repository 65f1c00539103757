//! What a partition gathers, and what becomes of the sums of all partitions.

use super::bytes::{Packer, Unpacker, not_understood};
use super::columns::ColumnRanges;
use super::drawing::Drawing;
use super::parts::{pack_statistics, unpack_statistics};
use super::request::{Job, Request};
use crate::error::{Error, Result};
use crate::mixture::parts::{Asked, Assignment, Evaluation, Part, Statistics};
use crate::mixture::{CovarianceType, GaussianMixture};
use crate::preprocess::preprocessor::FrontEnd;
use crate::rows::{Block, block_rows};

/// Sums over rows. They add up in any order.
#[derive(Debug)]
pub(super) enum Sums {
    Columns(ColumnRanges),
    Drawings(Vec<Drawing>),
    Statistics(Vec<Statistics>),
    /// Of mixtures, and what the front end adds to the log-likelihood in the space of the data.
    Evaluation(Vec<Evaluation>, f64),
}

/// Sums while rows are added to them.
#[derive(Debug)]
pub(crate) struct Gathering {
    sums: Sums,
    /// What rows are added by; none where only sums are merged.
    worker: Option<Worker>,
}

/// What rows are added by.
struct Worker {
    front_end: FrontEnd,
    asked: Vec<(Assignment, CovarianceType)>,
    models: Vec<GaussianMixture>,
    part: Part,
    /// Rows as they are, and behind the front end.
    data: Block,
    latent: Block,
}

impl Gathering {
    /// Begins what a request asks for of rows with so many columns.
    pub(crate) fn begin(request: &[u8], n_features: usize) -> Result<Self> {
        let Request { front_end, job } = Request::unpack(request)?;
        let width = front_end.n_latent().unwrap_or(n_features);
        let fits = match &job {
            Job::Columns | Job::Draw(_) => true,
            Job::Statistics(asked) => {
                asked.iter().all(|(assignment, _)| assignment.centers().ncols() == width)
            }
            Job::Evaluation(models) => models.iter().all(|model| model.n_features() == width),
        };
        if !fits || front_end.n_features().is_some_and(|expected| expected != n_features) {
            return Err(not_understood());
        }
        let mut worker = Worker {
            front_end,
            asked: Vec::new(),
            models: Vec::new(),
            part: Part::default(),
            data: Block::default(),
            latent: Block::default(),
        };
        let sums = match job {
            Job::Columns => Sums::Columns(ColumnRanges::default()),
            Job::Draw(draws) => Sums::Drawings(draws.into_iter().map(Drawing::new).collect()),
            Job::Statistics(asked) => {
                worker.asked = asked;
                worker.part.begin(&borrowed(&worker.asked));
                Sums::Statistics(Vec::new())
            }
            Job::Evaluation(models) => {
                let empty = vec![Evaluation::default(); models.len()];
                worker.models = models;
                Sums::Evaluation(empty, 0.0)
            }
        };
        Ok(Self { sums, worker: Some(worker) })
    }

    /// Adds rows, given as columns of equal length.
    pub(crate) fn add(&mut self, columns: &[&[f64]]) -> Result<()> {
        let finite =
            |values: &[f64]| values.iter().fold(true, |all, value| all & value.is_finite());
        if let Some(column) = columns.iter().position(|values| !finite(values)) {
            let row = columns[column].iter().position(|value| !value.is_finite()).unwrap_or(0);
            return Err(Error::NonFinite { row, column, value: columns[column][row] });
        }
        let Some(worker) = &mut self.worker else { return Err(not_understood()) };
        let (n_rows, d) = (columns.first().map_or(0, |column| column.len()), columns.len());
        let at_once = block_rows(d);
        for first in (0..n_rows).step_by(at_once) {
            let run = first..n_rows.min(first + at_once);
            worker.data.fill_by_feature(0, (run.len(), d), |features| {
                for (to, column) in features.chunks_exact_mut(run.len()).zip(columns) {
                    to.copy_from_slice(&column[run.clone()]);
                }
                Ok(())
            })?;
            worker.add(&mut self.sums)?;
        }
        Ok(())
    }

    /// The sums as bytes.
    pub(crate) fn pack(&mut self) -> Result<Vec<u8>> {
        self.settle();
        let mut packer = Packer::default();
        match &self.sums {
            Sums::Columns(ranges) => {
                packer.count(0);
                ranges.pack(&mut packer);
            }
            Sums::Drawings(drawings) => {
                packer.count(1);
                packer.count(drawings.len());
                drawings.iter().for_each(|drawing| drawing.pack(&mut packer));
            }
            Sums::Statistics(statistics) => {
                packer.count(2);
                packer.count(statistics.len());
                statistics.iter().for_each(|statistics| pack_statistics(&mut packer, statistics));
            }
            Sums::Evaluation(evaluations, terms) => {
                packer.count(3);
                packer.count(evaluations.len());
                for &Evaluation { total, log_likelihood, log_certainty } in evaluations {
                    let sums = [total, log_likelihood, log_certainty];
                    sums.into_iter().for_each(|sum| packer.number(sum));
                }
                packer.number(*terms);
            }
        }
        Ok(packer.end())
    }

    /// Adds packed sums.
    pub(crate) fn merge(&mut self, bytes: &[u8]) -> Result<()> {
        self.settle();
        match (&mut self.sums, Sums::unpack(bytes)?) {
            (Sums::Columns(sums), Sums::Columns(more)) => sums.merge(&more),
            (Sums::Drawings(sums), Sums::Drawings(more)) if sums.len() == more.len() => {
                sums.iter_mut().zip(&more).for_each(|(sums, more)| sums.merge(more));
            }
            (Sums::Statistics(sums), Sums::Statistics(more)) if sums.len() == more.len() => {
                sums.iter_mut().zip(&more).for_each(|(sums, more)| sums.merge(more));
            }
            (Sums::Evaluation(sums, terms), Sums::Evaluation(more, more_terms))
                if sums.len() == more.len() =>
            {
                sums.iter_mut().zip(&more).for_each(|(sums, more)| sums.merge(more));
                *terms += more_terms;
            }
            _ => return Err(not_understood()),
        }
        Ok(())
    }

    /// Bytes of memory that it takes, or thereabouts.
    pub(crate) fn size(&self) -> usize {
        let of_statistics = |statistics: &Statistics| {
            8 * (statistics.second().len() + 2 * statistics.centers().len())
        };
        let in_part =
            |worker: &Worker| -> usize { worker.part.statistics().iter().map(of_statistics).sum() };
        let sums = match &self.sums {
            Sums::Drawings(drawings) => drawings.iter().map(Drawing::size).sum(),
            Sums::Statistics(statistics) => statistics.iter().map(of_statistics).sum(),
            _ => 0,
        };
        size_of::<Self>() + sums + self.worker.as_ref().map_or(0, in_part)
    }

    /// Takes the statistics of rows that were added from where they were added.
    fn settle(&mut self) {
        if let (Sums::Statistics(statistics), Some(worker)) = (&mut self.sums, self.worker.take()) {
            *statistics = worker.part.into_statistics();
        }
    }
}

impl Worker {
    /// Adds the rows that were read.
    fn add(&mut self, sums: &mut Sums) -> Result<()> {
        let Self { front_end, asked, models, part, data, latent } = self;
        let rows = match front_end.is_identity() {
            true => &*data,
            false => {
                latent.fill(0, front_end.try_transform(data.records())?.view());
                &*latent
            }
        };
        match sums {
            Sums::Columns(ranges) => ranges.add(rows),
            Sums::Drawings(drawings) => drawings.iter_mut().for_each(|drawing| drawing.add(rows)),
            Sums::Statistics(_) => part.add(&borrowed(asked), rows),
            Sums::Evaluation(evaluations, terms) => {
                let pairs = evaluations.iter_mut().zip(models);
                pairs.for_each(|(evaluation, model)| evaluation.add(model, rows));
                if !front_end.is_identity() {
                    *terms += front_end.log_density_terms(data.records())?.sum();
                }
            }
        }
        Ok(())
    }
}

impl std::fmt::Debug for Worker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Worker").field("front_end", &self.front_end).finish_non_exhaustive()
    }
}

fn borrowed(asked: &[(Assignment, CovarianceType)]) -> Vec<Asked<'_>> {
    let pairs = asked.iter();
    pairs.map(|&(ref assignment, covariance_type)| Asked { assignment, covariance_type }).collect()
}

impl Sums {
    pub(super) fn unpack(bytes: &[u8]) -> Result<Self> {
        let unpacker = &mut Unpacker::new(bytes);
        Ok(match unpacker.count()? {
            0 => Self::Columns(ColumnRanges::unpack(unpacker)?),
            1 => Self::Drawings(unpacker.list(Drawing::unpack)?),
            2 => Self::Statistics(unpacker.list(unpack_statistics)?),
            3 => {
                let evaluations = unpacker.list(|unpacker| {
                    let (total, log_likelihood) = (unpacker.number()?, unpacker.number()?);
                    let log_certainty = unpacker.number()?;
                    Ok(Evaluation { total, log_likelihood, log_certainty })
                })?;
                Self::Evaluation(evaluations, unpacker.number()?)
            }
            _ => return Err(not_understood()),
        })
    }
}
