//! Logarithms of the distances to bounds, continued linearly next to them.

/// `ln(x + offset)`, and its tangent at `from` where `x + offset` is less.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct LogAbove {
    pub(super) offset: f64,
    pub(super) from: f64,
}

impl LogAbove {
    pub(super) fn apply(&self, x: f64) -> f64 {
        let distance = x + self.offset;
        if distance < self.from {
            self.from.ln() + (distance - self.from) / self.from
        } else {
            distance.ln()
        }
    }

    pub(super) fn inverse(&self, z: f64) -> f64 {
        let first = self.from.ln();
        let distance = if z < first { self.from * (1.0 + (z - first)) } else { z.exp() };
        distance - self.offset
    }

    pub(super) fn ln_derivative(&self, x: f64) -> f64 {
        -(x + self.offset).max(self.from).ln()
    }
}

/// `ln(u / (1 - u))` of the share `u = (x - low) / (high - low)`, and its tangents at `from` and `1 - from` beyond.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct LogitBetween {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) from: f64,
}

impl LogitBetween {
    /// Distances to the lower and upper bound as shares of their distance, each without cancellation.
    fn shares(&self, x: f64) -> (f64, f64) {
        let width = self.high - self.low;
        ((x - self.low) / width, (self.high - x) / width)
    }

    /// The logit of `from`, and its derivative there.
    fn tangent(&self) -> (f64, f64) {
        let rest = 1.0 - self.from;
        ((self.from / rest).ln(), 1.0 / (self.from * rest))
    }

    pub(super) fn apply(&self, x: f64) -> f64 {
        let (below, above) = self.shares(x);
        let (first, slope) = self.tangent();
        if below < self.from {
            first + (below - self.from) * slope
        } else if above < self.from {
            -first - (above - self.from) * slope
        } else {
            (below / above).ln()
        }
    }

    pub(super) fn inverse(&self, z: f64) -> f64 {
        let (first, slope) = self.tangent();
        let width = self.high - self.low;
        let near = |z: f64| {
            if z < first { self.from + (z - first) / slope } else { z.exp() / (1.0 + z.exp()) }
        };
        // from the nearer bound, so that small distances keep their digits
        if z < 0.0 { self.low + width * near(z) } else { self.high - width * near(-z) }
    }

    pub(super) fn ln_derivative(&self, x: f64) -> f64 {
        let (below, above) = self.shares(x);
        let width = (self.high - self.low).ln();
        if below < self.from || above < self.from {
            return self.tangent().1.ln() - width;
        }
        -(below.ln() + above.ln()) - width
    }
}
