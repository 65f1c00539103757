//! What a pass is asked for.

use super::bytes::{Packer, Unpacker, not_understood};
use super::parts::{
    pack_asked, pack_front_end, pack_model, unpack_asked, unpack_front_end, unpack_model,
};
use crate::error::Result;
use crate::mixture::parts::{Asked, Assignment, Draw};
use crate::mixture::{CovarianceType, GaussianMixture};
use crate::preprocess::preprocessor::FrontEnd;

/// What a pass should gather of rows behind a front end.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) front_end: FrontEnd,
    pub(super) job: Job,
}

/// What should be gathered.
#[derive(Debug)]
pub(super) enum Job {
    /// Range and mean of every column.
    Columns,
    /// Random rows, for each draw.
    Draw(Vec<Draw>),
    /// Statistics of families under assignments.
    Statistics(Vec<(Assignment, CovarianceType)>),
    /// How mixtures describe the rows.
    Evaluation(Vec<GaussianMixture>),
}

const COLUMNS: usize = 0;
const DRAW: usize = 1;
const STATISTICS: usize = 2;
const EVALUATION: usize = 3;

pub(super) fn columns(front_end: &FrontEnd) -> Vec<u8> {
    begin(front_end, COLUMNS).end()
}

pub(super) fn draw(front_end: &FrontEnd, draws: &[Draw]) -> Vec<u8> {
    let mut packer = begin(front_end, DRAW);
    packer.count(draws.len());
    for draw in draws {
        packer.count(draw.seed as usize);
        packer.count(draw.stream as usize);
        packer.count(draw.n_rows);
    }
    packer.end()
}

pub(super) fn statistics(front_end: &FrontEnd, asked: &[Asked<'_>]) -> Result<Vec<u8>> {
    let mut packer = begin(front_end, STATISTICS);
    packer.count(asked.len());
    asked.iter().try_for_each(|asked| pack_asked(&mut packer, asked))?;
    Ok(packer.end())
}

pub(super) fn evaluation(front_end: &FrontEnd, models: &[&GaussianMixture]) -> Vec<u8> {
    let mut packer = begin(front_end, EVALUATION);
    packer.count(models.len());
    models.iter().for_each(|model| pack_model(&mut packer, model));
    packer.end()
}

fn begin(front_end: &FrontEnd, job: usize) -> Packer {
    let mut packer = Packer::default();
    pack_front_end(&mut packer, front_end);
    packer.count(job);
    packer
}

impl Request {
    pub(super) fn unpack(bytes: &[u8]) -> Result<Self> {
        let unpacker = &mut Unpacker::new(bytes);
        let front_end = unpack_front_end(unpacker)?;
        let job = match unpacker.count()? {
            COLUMNS => Job::Columns,
            DRAW => Job::Draw(unpacker.list(|unpacker| {
                let seed = unpacker.count()? as u64;
                let stream = unpacker.count()? as u64;
                Ok(Draw { seed, stream, n_rows: unpacker.count()? })
            })?),
            STATISTICS => Job::Statistics(unpacker.list(unpack_asked)?),
            EVALUATION => Job::Evaluation(unpacker.list(unpack_model)?),
            _ => return Err(not_understood()),
        };
        Ok(Self { front_end, job })
    }
}
