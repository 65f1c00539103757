//! The transform of Yeo and Johnson (2000).

/// The power transform of `y = (x - center) / scale` with exponent `lambda` from 0 to 2.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct YeoJohnson {
    pub(super) lambda: f64,
    pub(super) center: f64,
    pub(super) scale: f64,
}

/// `((1 + y)^power - 1) / power` for `y ≥ 0`; the logarithm for power 0.
fn power(y: f64, power: f64) -> f64 {
    if power == 0.0 { y.ln_1p() } else { (power * y.ln_1p()).exp_m1() / power }
}

/// The inverse of [`power`].
fn root(z: f64, power: f64) -> f64 {
    if power == 0.0 { z.exp_m1() } else { ((power * z).ln_1p() / power).exp_m1() }
}

impl YeoJohnson {
    pub(super) fn apply(&self, x: f64) -> f64 {
        let y = (x - self.center) / self.scale;
        if y < 0.0 { -power(-y, 2.0 - self.lambda) } else { power(y, self.lambda) }
    }

    pub(super) fn inverse(&self, z: f64) -> f64 {
        let y = if z < 0.0 { -root(-z, 2.0 - self.lambda) } else { root(z, self.lambda) };
        self.center + self.scale * y
    }

    pub(super) fn ln_derivative(&self, x: f64) -> f64 {
        let y = (x - self.center) / self.scale;
        (self.lambda - 1.0) * y.signum() * y.abs().ln_1p() - self.scale.ln()
    }
}
