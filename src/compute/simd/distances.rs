//! Squared distances of rows to means, plain or scaled by a standard deviation for each feature.

use pulp::{Simd, WithSimd};

use super::{AlignedBuffer, PANEL, centre_panel};

/// Writes `Σⱼ ((xⱼ - mⱼ) sⱼ)²` of each row and mean m to `out`, one contiguous run of rows for each mean.
///
/// With factors, rows and means are centred at the mean g of the means, `z = (x - g) s - (m - g) s`: one fused operation for
/// each number. Its rounding error is at most that of changing x by a unit in the last place of its distance from g.
pub(crate) struct Distances<'a> {
    /// The rows, feature by feature, `n` of them.
    pub(crate) features: &'a [f64],
    pub(crate) n: usize,
    /// The means (k, d).
    pub(crate) means: &'a [f64],
    /// The factors s (k, d); all 1 if there are none.
    pub(crate) scales: Option<&'a [f64]>,
    pub(crate) out: &'a mut [f64],
    /// Working memory.
    pub(crate) panel: &'a mut AlignedBuffer,
}

/// The distances of the rows of a panel to one mean.
#[inline(always)]
fn plain<S: Simd, const V: usize>(simd: S, panel: &[[S::f64s; V]], mean: &[f64]) -> [S::f64s; V] {
    let mut sums = [simd.splat_f64s(0.0); V];
    for (x, &mean) in panel.iter().zip(mean) {
        let mean = simd.splat_f64s(mean);
        for (sum, &x) in sums.iter_mut().zip(x) {
            let z = simd.sub_f64s(x, mean);
            *sum = simd.mul_add_e_f64s(z, z, *sum);
        }
    }
    sums
}

/// The distances scaled by deviations; `shifts` are `-(m - g) s`.
#[inline(always)]
fn scaled<S: Simd, const V: usize>(
    simd: S,
    panel: &[[S::f64s; V]],
    shifts: &[f64],
    scales: &[f64],
) -> [S::f64s; V] {
    let mut sums = [simd.splat_f64s(0.0); V];
    for ((x, &shift), &scale) in panel.iter().zip(shifts).zip(scales) {
        let (shift, scale) = (simd.splat_f64s(shift), simd.splat_f64s(scale));
        for (sum, &x) in sums.iter_mut().zip(x) {
            let z = simd.mul_add_e_f64s(x, scale, shift);
            *sum = simd.mul_add_e_f64s(z, z, *sum);
        }
    }
    sums
}

impl WithSimd for Distances<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (n, width) = (self.n, PANEL * S::F64_LANES);
        let d = self.features.len() / n;
        let mut origin = vec![0.0; d];
        let mut shifts = Vec::new();
        if let Some(scales) = self.scales {
            let share = 1.0 / (self.means.len() / d) as f64;
            for mean in self.means.chunks_exact(d) {
                for (sum, &mean) in origin.iter_mut().zip(mean) {
                    *sum += share * mean;
                }
            }
            let of_mean = self.means.chunks_exact(d).zip(scales.chunks_exact(d));
            for (mean, scales) in of_mean {
                for ((&mean, &origin), &scale) in mean.iter().zip(&origin).zip(scales) {
                    shifts.push((origin - mean) * scale);
                }
            }
        }
        let panel = self.panel.resize(d * width);
        for start in (0..n).step_by(width) {
            // rows relative to the origin: the panel makes them contiguous for all means
            centre_panel::<S, PANEL>(self.features, n, start, &origin, panel);
            let panel = S::as_simd_f64s(panel).0.as_chunks::<PANEL>().0;
            let means = self.means.chunks_exact(d).zip(self.out.chunks_exact_mut(n));
            for (k, (mean, out)) in means.enumerate() {
                let sums = match self.scales {
                    Some(scales) => {
                        let (shifts, scales) = (&shifts[k * d..][..d], &scales[k * d..][..d]);
                        scaled(simd, panel, shifts, scales)
                    }
                    None => plain(simd, panel, mean),
                };
                let out = &mut out[start..n.min(start + width)];
                for (out, sum) in out.chunks_mut(S::F64_LANES).zip(sums) {
                    simd.partial_store_f64s(out, sum);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::InstructionSet;
    use super::*;

    #[test]
    fn distances_of_any_number_of_rows_and_columns() {
        for (d, k) in [(1, 1), (2, 3), (7, 2), (9, 5)] {
            for n in [1, 8, 31, 33, 65] {
                let features: Vec<f64> = (0..d * n).map(|i| ((i * 7) % 23) as f64 / 4.0).collect();
                let means: Vec<f64> = (0..k * d).map(|i| (i % 5) as f64).collect();
                let scales: Vec<f64> = (0..k * d).map(|i| 0.5 * (1 + i % 3) as f64).collect();
                for scales in [None, Some(scales.as_slice())] {
                    for set in InstructionSet::all() {
                        let (mut out, mut panel) = (vec![0.0; k * n], AlignedBuffer::default());
                        let distances = Distances {
                            features: &features,
                            n,
                            means: &means,
                            scales,
                            out: &mut out,
                            panel: &mut panel,
                        };
                        set.run(distances);
                        for (component, out) in out.chunks_exact(n).enumerate() {
                            for (i, &found) in out.iter().enumerate() {
                                let term = |j: usize| {
                                    let at = component * d + j;
                                    let scale = scales.map_or(1.0, |scales| scales[at]);
                                    ((features[j * n + i] - means[at]) * scale).powi(2)
                                };
                                // numbers with few binary digits: exact in any order, except for the mean of the means
                                let exact = (0..d).map(term).sum::<f64>();
                                let scale = if scales.is_some() { 100.0 } else { 0.0 };
                                assert!(
                                    (found - exact).abs() <= 1e-14 * scale * scale,
                                    "{found} {exact}"
                                );
                            }
                        }
                    }
                }
            }
        }
    }
}
