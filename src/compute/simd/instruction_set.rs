//! The instruction set that kernels run on.

use std::env;
use std::sync::LazyLock;

use crate::error::{Error, Result};

/// The environment variable that names an instruction set, so that tests can compare them on one processor.
const VARIABLE: &str = "MIXLAB_SIMD";

/// An instruction set that this processor has.
#[derive(Debug, Clone, Copy)]
pub(crate) enum InstructionSet {
    /// Whatever every processor of the kind has.
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2(pulp::x86::V3),
    #[cfg(target_arch = "x86_64")]
    Avx512(pulp::x86::V4),
    /// The widest that the processor has, on other kinds of processors.
    #[cfg(not(target_arch = "x86_64"))]
    Native(pulp::Arch),
}

/// The name of the instruction set that kernels run on: `avx512`, `avx2`, `portable`, or `native` on processors that are
/// not of the x86-64 kind. It is the widest that the processor has, or the one that the environment variable
/// `MIXLAB_SIMD` names; it is there to test that all of them give the same figures. The linear algebra of faer and the
/// functions of the system's library go by the processor alone.
///
/// # Errors
/// [`Error::InvalidParam`] if `MIXLAB_SIMD` names one that this processor does not have. Kernels run on the widest then, and
/// say nothing: a program that should not go on with another one asks here first, as the command line does.
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

/// The choice of the process, and what is wrong with the variable. It is made once, since every call of a kernel asks for
/// it, and all must get the same answer.
static CHOSEN: LazyLock<(InstructionSet, Option<Error>)> = LazyLock::new(|| {
    let sets = InstructionSet::all();
    let Some(wanted) = env::var_os(VARIABLE) else { return (sets[0], None) };
    match sets.iter().find(|set| wanted == set.name()) {
        Some(set) => (*set, None),
        None => {
            let expected = "avx512, avx2 or portable, and one that this processor has";
            (sets[0], Some(Error::param(VARIABLE, wanted.to_string_lossy(), expected)))
        }
    }
});

impl InstructionSet {
    /// Those of this processor, the widest first.
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

    /// The one that kernels run on.
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
