//! The instruction set on which kernels run.

use std::env;
use std::sync::LazyLock;

use crate::error::{Error, Result};

/// The environment variable that selects an instruction set, so that tests can compare them on one processor.
const VARIABLE: &str = "MIXLAB_SIMD";

/// An instruction set that this processor has.
#[derive(Debug, Clone, Copy)]
pub(crate) enum InstructionSet {
    /// The baseline that every processor of the architecture supports.
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2(pulp::x86::V3),
    #[cfg(target_arch = "x86_64")]
    Avx512(pulp::x86::V4),
    /// The widest that the processor supports, on other architectures.
    #[cfg(not(target_arch = "x86_64"))]
    Native(pulp::Arch),
}

/// Returns the name of the instruction set on which kernels run: `avx512`, `avx2`, `portable`, or `native` on architectures
/// other than x86-64.
///
/// It is the widest that the processor supports, or the one that the environment variable `MIXLAB_SIMD` names; the variable
/// serves to test that all of them give the same figures. The linear algebra of faer and the functions of the system library
/// depend on the processor alone.
///
/// # Errors
/// [`Error::InvalidParam`] if `MIXLAB_SIMD` names one that this processor does not support. Kernels then run on the widest,
/// without a message: a program that must not continue with another one calls this function first, as the command does.
///
/// # Examples
/// ```
/// assert!(["avx512", "avx2", "portable", "native"].contains(&mixlab::instruction_set()?));
/// # Ok::<(), mixlab::Error>(())
/// ```
pub fn instruction_set() -> Result<&'static str> {
    let (set, problem) = &*CHOSEN;
    problem.clone().map_or(Ok(set.name()), Err)
}

/// The choice of the process, and the error in the variable. It is made once, since every call of a kernel reads it and all
/// must agree.
static CHOSEN: LazyLock<(InstructionSet, Option<Error>)> = LazyLock::new(|| {
    let sets = InstructionSet::all();
    let Some(requested) = env::var_os(VARIABLE) else { return (sets[0], None) };
    match sets.iter().find(|set| requested == set.name()) {
        Some(set) => (*set, None),
        None => {
            let expected = "avx512, avx2 or portable, and one that this processor has";
            (sets[0], Some(Error::param(VARIABLE, requested.to_string_lossy(), expected)))
        }
    }
});

impl InstructionSet {
    /// All instruction sets of this processor, the widest first.
    pub(crate) fn all() -> Vec<Self> {
        let mut sets = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            sets.extend(pulp::x86::V4::try_new().map(Self::Avx512));
            sets.extend(pulp::x86::V3::try_new().map(Self::Avx2));
        }
        #[cfg(not(target_arch = "x86_64"))]
        sets.push(Self::Native(pulp::Arch::new()));
        sets.push(Self::Portable);
        sets
    }

    /// The instruction set on which kernels run.
    pub(crate) fn of_process() -> Self {
        CHOSEN.0
    }

    fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(_) => "avx2",
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(_) => "avx512",
            #[cfg(not(target_arch = "x86_64"))]
            Self::Native(_) => "native",
        }
    }

    /// Runs a kernel.
    #[inline]
    pub(crate) fn run<K: pulp::WithSimd>(self, kernel: K) -> K::Output {
        match self {
            Self::Portable => kernel.with_simd(pulp::Scalar),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(set) => pulp::Simd::vectorize(set, kernel),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(set) => pulp::Simd::vectorize(set, kernel),
            #[cfg(not(target_arch = "x86_64"))]
            Self::Native(arch) => arch.dispatch(kernel),
        }
    }
}
