//! SIMD kernels, compiled for the widest vector registers of the processor.
//!
//! Code is compiled once for each instruction set (AVX-512, AVX2, the portable baseline), and one of them is selected at run
//! time. The functions of [`elementwise`] are plain loops that the compiler vectorises; the kernels in which EM spends its
//! time are written for vector registers (`pulp::Simd`), one kernel per file:
//!
//! | kernel | computes |
//! | --- | --- |
//! | [`elementwise`] | sums, products and other simple loops over slices |
//! | [`whiten`] | `L⁻¹ (x - m)` of many rows, or its squared length |
//! | [`low_rank_lengths`] | `(x - m)ᵀ (W Wᵀ + D)⁻¹ (x - m)` of many rows |
//! | [`distances`] | squared distances of many rows to many means |
//! | [`scatter`], [`wide_scatter`] | the lower triangle of `Σ w (x - c)(x - c)ᵀ` |
//! | [`moments`], [`wide_moments`] | `Σ w (x - c)` and `Σ w (x - c)²` |
//! | [`levels`] | log-probabilities and weights of the levels of categories |
//! | [`regression`] | `μ_m + B (x_o - μ_o)` of many rows |
//! | [`posteriors`] | posteriors and log-sums of log-densities |
//! | [`student`] | densities of t distributions from those of Gaussians |
//! | [`colour`] | `m + L z` of many rows |
//!
//! Most kernels work on rows stored feature by feature, with one feature of several rows in a vector register. The kernels
//! for sums over rows of more than [`NARROW`] features take whole rows, with several features of a row in a register. All
//! keep a tile of results in registers while they iterate over the terms. The order of a sum depends on the instruction set,
//! and multiply-adds are fused where the processor can: results of different instruction sets agree to rounding, those of one
//! instruction set to the bit.

// loops over the registers of a tile use indices, since several tiles are traversed at once; iterator closures may be
// compiled separately from the kernel, for the baseline
#[allow(clippy::needless_range_loop)]
pub(crate) mod colour;
#[allow(clippy::needless_range_loop)]
pub(crate) mod low_rank_lengths;
#[allow(clippy::needless_range_loop)]
pub(crate) mod moments;
#[allow(clippy::needless_range_loop)]
pub(crate) mod scatter;
#[allow(clippy::needless_range_loop)]
pub(crate) mod wide_moments;
#[allow(clippy::needless_range_loop)]
pub(crate) mod wide_scatter;

mod aligned_buffer;
pub(crate) mod distances;
mod elementwise;
mod instruction_set;
mod joint_levels;
pub(crate) mod levels;
pub(crate) mod packed_rows;
pub(crate) mod posteriors;
pub(crate) mod regression;
pub(crate) mod student;
pub(crate) mod whiten;

pub(crate) use aligned_buffer::AlignedBuffer;
pub(crate) use elementwise::*;
pub(crate) use instruction_set::InstructionSet;
pub use instruction_set::instruction_set;

/// Rows of more features than this are wide: for them, kernels are faster with several features of a row in a register than
/// with one feature of several rows. Up to two of the widest registers, filling the last one costs more than it saves.
pub(crate) const NARROW: usize = 16;

/// Responsibilities up to this, times the largest sample weight, are left out of the sums over wide rows. In many dimensions
/// components hardly overlap, so most rows have such a responsibility for most components.
///
/// It is 2⁻¹⁵⁰. A component with less than 2⁻⁴⁹ of the total weight counts as empty, so each row left out contributes at most
/// 2⁻¹⁰¹ of the count of a component. Its contribution to the variances is below their last place unless rows lie millions of
/// deviations away.
pub(crate) const NEGLIGIBLE: f64 = 1.0 / (1u128 << 100) as f64 / (1u64 << 50) as f64;

/// Wide rows, stored one after another, with their weights.
#[derive(Clone, Copy)]
pub(crate) struct WideRows<'a> {
    pub(crate) rows: &'a [f64],
    pub(crate) weights: &'a [f64],
    /// Rows up to this weight are left out.
    pub(crate) negligible: f64,
}

/// Maximum width of a panel of rows in registers: the width of a tile of results.
const PANEL: usize = 4;

/// Writes the `d` features of the rows from `start` on minus `center` to `panel`, feature by feature. The panel holds as many
/// rows as fit into `V` registers; rows after the last one are zero.
#[inline(always)]
fn centre_panel<S: pulp::Simd, const V: usize>(
    features: &[f64],
    n: usize,
    start: usize,
    center: &[f64],
    panel: &mut [f64],
) {
    let width = V * S::F64_LANES;
    let rows = width.min(n - start);
    let columns = features.chunks_exact(n).zip(center).zip(panel.chunks_exact_mut(width));
    for ((feature, &c), panel) in columns {
        let feature = &feature[start..start + rows];
        if rows < width {
            panel.fill(0.0);
        }
        for (to, &x) in panel.iter_mut().zip(feature) {
            *to = x - c;
        }
    }
}

/// Runs a kernel on the instruction set of this process.
pub(crate) fn run<K: pulp::WithSimd>(kernel: K) -> K::Output {
    InstructionSet::of_process().run(kernel)
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::posteriors::Posteriors;
    use super::scatter::Scatter;
    use super::whiten::{PackedLower, SquaredLengths};
    use super::wide_scatter::{self, WideScatter};
    use super::*;

    /// The log-likelihood of rows under two Gaussians, and the scatter matrix weighted by the first one, narrow and wide.
    fn pass(set: InstructionSet, d: usize, n: usize) -> (f64, Vec<f64>, Vec<f64>) {
        let number = |i: usize, j: usize| ((i * 7919 + j * 104_729) % 10_007) as f64 / 3331.0 - 1.5;
        let features = Array2::from_shape_fn((d, n), |(j, i)| number(i, j));
        let lower =
            Array2::from_shape_fn((d, d), |(i, j)| if i == j { 1.1 } else { 0.3 * number(i, j) });
        let mut packed = PackedLower::default();
        packed.pack(&lower);
        let mut log_prob = vec![0.0; 2 * n];
        for (k, out) in log_prob.chunks_exact_mut(n).enumerate() {
            let center = vec![0.4 * k as f64; d];
            let features = features.as_slice().unwrap();
            let panel = &mut AlignedBuffer::default();
            set.run(SquaredLengths { lower: &packed, center: &center, features, out, panel });
            out.iter_mut().for_each(|square| *square *= -0.5);
        }
        let mut log_sums = vec![0.0; n];
        set.run(Posteriors {
            log_prob: &mut log_prob,
            log_sums: &mut log_sums,
            largest: &mut Vec::new(),
        });
        let (center, stride) = (vec![0.2; d], wide_scatter::stride(d));
        let (mut first, mut narrow) = (vec![0.0; d], vec![0.0; d * d]);
        set.run(Scatter {
            features: features.as_slice().unwrap(),
            weights: &log_prob[..n],
            center: &center,
            first: &mut first,
            second: &mut narrow,
            panel: &mut AlignedBuffer::default(),
            sums: &mut AlignedBuffer::default(),
        });
        let rows = features.t().as_standard_layout().into_owned();
        let mut wide = vec![0.0; stride * stride];
        set.run(WideScatter {
            rows: WideRows {
                rows: rows.as_slice().unwrap(),
                weights: &log_prob[..n],
                negligible: 0.0,
            },
            center: &center,
            first: &mut first,
            second: &mut wide,
            panel: &mut AlignedBuffer::default(),
        });
        let lower = |matrix: &[f64], stride: usize| {
            let entries = (0..d).flat_map(|i| (0..=i).map(move |j| i * stride + j));
            entries.map(|at| matrix[at]).collect()
        };
        (log_sums.iter().sum(), lower(&narrow, d), lower(&wide, stride))
    }

    #[test]
    fn all_instruction_sets_and_both_widths_agree_to_rounding() {
        for (d, n) in [(1, 5), (2, 100), (10, 333), (16, 64), (33, 70)] {
            let (log_likelihood, expected, _) = pass(InstructionSet::Portable, d, n);
            for set in InstructionSet::all() {
                let (found, narrow, wide) = pass(set, d, n);
                approx::assert_relative_eq!(found, log_likelihood, max_relative = 1e-13);
                for (a, b) in expected.iter().zip(narrow.iter().zip(&wide)) {
                    // entries of n terms of size 2, some of which cancel
                    approx::assert_abs_diff_eq!(a, b.0, epsilon = 1e-13 * n as f64);
                    approx::assert_abs_diff_eq!(a, b.1, epsilon = 1e-13 * n as f64);
                }
            }
        }
    }
}
