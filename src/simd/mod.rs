//! Kernels, compiled for the widest vector registers that this processor has.
//!
//! Code is compiled once for each instruction set (AVX-512, AVX2, the portable baseline) and one of them is
//! picked at run time. What is in [`elementwise`] are plain loops that the compiler turns into vector code; the
//! kernels in which EM spends its time are written for vector registers (`pulp::Simd`), each in a file of its own:
//!
//! | kernel | is |
//! | --- | --- |
//! | [`elementwise`] | sums, products and the like of runs of numbers |
//! | [`whiten`] | `L⁻¹ (x - m)` of many rows, or its squared length |
//! | [`distances`] | squared distances of many rows to many means |
//! | [`scatter`], [`wide_scatter`] | the lower triangle of `Σ w (x - c)(x - c)ᵀ` |
//! | [`moments`], [`wide_moments`] | `Σ w (x - c)` and `Σ w (x - c)²` |
//! | [`posteriors`] | posteriors and log-sums of log-densities |
//!
//! Most work on rows stored feature by feature, a vector register holding a feature of several rows; those for sums
//! over rows of more than [`NARROW`] features take whole rows, a register holding several features of a row. All keep
//! a tile of results in registers while they run over what is summed. Sums are taken in an order that
//! depends on the instruction set, and multiply-adds are fused where the processor can: results of different
//! instruction sets agree to rounding, those of the same one to the bit.

// loops over the registers of a tile go by index, since several tiles are walked at once; and they are loops, since
// the closure of a map may be compiled apart from the kernel, for the baseline
#[allow(clippy::needless_range_loop)]
pub(crate) mod moments;
#[allow(clippy::needless_range_loop)]
pub(crate) mod scatter;
#[allow(clippy::needless_range_loop)]
pub(crate) mod wide_moments;
#[allow(clippy::needless_range_loop)]
pub(crate) mod wide_scatter;

pub(crate) mod distances;
mod elementwise;
mod lines;
pub(crate) mod posteriors;
pub(crate) mod whiten;

pub(crate) use elementwise::*;
pub(crate) use lines::Lines;

/// Rows of more features than this are wide: kernels then do better with several features of a row in a register than
/// with a feature of several rows. Measured; at 16 a row fills two of the widest registers.
pub(crate) const NARROW: usize = 16;

/// Responsibilities up to this are left out of the sums over wide rows, most of which have such a one for most
/// components: in many dimensions components hardly overlap.
///
/// It is 2⁻¹⁵⁰. A component has at least 2⁻⁴⁹ of the weight of all rows, or it is taken for empty; so what is left out
/// is at most 2⁻¹⁰¹ of its count, and of its variances too small a part to be seen in the last place unless rows
/// lie 2²⁴ deviations away.
pub(crate) const NEGLIGIBLE: f64 = 1.0 / (1u128 << 100) as f64 / (1u64 << 50) as f64;

/// Most registers' worth of rows in a panel: what a tile of results spans.
const PANEL: usize = 4;

/// The `d` features of rows `start..` minus `center`, as many rows as fit into `V` registers, feature by
/// feature; rows beyond the last are zero.
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

/// Runs a kernel compiled for the widest instruction set of this processor.
pub(crate) fn run<K: pulp::WithSimd>(kernel: K) -> K::Output {
    pulp::Arch::new().dispatch(kernel)
}
