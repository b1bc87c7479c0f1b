//! Slow hashing outside of a decision.

use alloc::vec::Vec;

use crate::{
    id::RecordId,
    keys::{Generation, Keys},
    policy::HashCost,
    subject::record::slow_hash::{HashMemory, Salt, SlowHash},
    wiped::Wiped,
};

/// A PIN, backup codes or an import, to be hashed before installation.
///
/// Under the default policy, [`hash`](Self::hash) takes tens of milliseconds and 19 MiB of memory
/// for each secret. Call it on a thread that may block.
///
/// # Example
///
/// ```
/// use second_factor::{BackupCodes, sans_io::{Drawn, Hashed}};
///
/// fn on_another_thread(drawn: Drawn<BackupCodes>) -> Option<Hashed<BackupCodes>> {
///     std::thread::spawn(move || drawn.hash()).join().ok()?
/// }
/// # let _ = on_another_thread;
/// ```
#[must_use = "it has no effect until it is hashed and installed"]
pub struct Drawn<T> {
    pub(crate) record: RecordId,
    /// The generation of the inputs.
    pub(crate) generation: Generation,
    pub(crate) inputs: Vec<HashInput>,
    pub(crate) value: T,
}

/// A hashed PIN, hashed backup codes or a hashed import.
///
/// It can be installed only for the subject for which it was created.
///
/// # Example
///
/// See [`Drawn`].
#[must_use = "it has no effect until it is installed"]
pub struct Hashed<T> {
    pub(crate) record: RecordId,
    pub(crate) generation: Generation,
    pub(crate) hashes: Vec<(u16, SlowHash)>,
    pub(crate) value: T,
}

/// One secret to be hashed, and the selector of a backup code.
pub(crate) struct HashInput {
    pub(crate) selector: u16,
    pub(crate) input: Wiped<[u8; 32]>,
    pub(crate) salt: Salt,
}

/// The values on which the slow hashes of a subject depend, in addition to their input.
#[derive(Clone, Copy)]
pub(crate) struct HashContext<'a> {
    pub(crate) keys: &'a Keys,
    pub(crate) record: RecordId,
    pub(crate) cost: HashCost,
}

impl<T> Drawn<T> {
    /// Hashes the secrets, or returns `None` if there is not enough memory.
    #[must_use]
    pub fn hash(self) -> Option<Hashed<T>> {
        self.hash_in(&mut HashMemory::default())
    }

    /// Hashes the secrets in this memory.
    pub(crate) fn hash_in(self, memory: &mut HashMemory) -> Option<Hashed<T>> {
        let hash = |of: &HashInput| Some((of.selector, of.salt.hash(&of.input, memory)?));
        let hashes = self.inputs.iter().map(hash).collect::<Option<_>>()?;
        let Self { record, generation, value, .. } = self;
        Some(Hashed { record, generation, hashes, value })
    }
}

redacted!(Drawn<T>, Hashed<T>);
