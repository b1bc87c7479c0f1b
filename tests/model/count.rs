//! Counts of incorrect answers.

/// The counted incorrect answers since a factor last succeeded or was enrolled, at least.
#[derive(Clone, Copy, Default)]
pub struct Count {
    pub incorrect: u32,
    pub locked_until: u64,
    /// Support or a change of the password unlocked it since.
    pub is_unlocked: bool,
}

impl Count {
    pub fn incorrect(&mut self, now: u64, disable_at: u32) {
        assert!(now >= self.locked_until, "a guess was compared under a lock");
        self.incorrect += 1;
        // I3: no more guesses are answered than the limit allows.
        assert!(self.incorrect <= self.most(disable_at), "{} incorrect answers", self.incorrect);
        if self.incorrect >= 5 {
            let wait = (30_u64 << (self.incorrect - 5).min(20)).min(3600);
            self.locked_until = now + wait;
        }
    }

    pub fn success(&mut self, now: u64, disable_at: u32) {
        // I4: nothing succeeds under a lock.
        assert!(now >= self.locked_until, "a success under a lock");
        assert!(self.incorrect < self.most(disable_at), "a disabled factor succeeded");
        *self = Self::default();
    }

    pub const fn most(&self, disable_at: u32) -> u32 {
        if self.is_unlocked { 10 } else { disable_at }
    }

    /// The password was changed: what is locked or disabled opens once.
    ///
    /// After a fault, the model does not know what is locked, and expects no count from before.
    pub const fn renew(&mut self) {
        *self = Self { incorrect: 0, locked_until: 0, is_unlocked: false };
    }

    /// A success where more is proven. What support opened stays so until a success here.
    pub const fn lift(&mut self) {
        (self.incorrect, self.locked_until) = (0, 0);
    }

    pub fn unlock(&mut self) {
        // I11: support unlocks a factor once until its next success.
        assert!(!self.is_unlocked, "unlocked twice");
        *self = Self { is_unlocked: true, ..Self::default() };
    }
}
