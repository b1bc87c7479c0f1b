//! Passkey-first: no user name and no password.
//!
//! Shows sign-up by a passkey, a sign-in in which the passkey names its user, and what is refused.
//! A real application uses a WebAuthn crate to verify the responses of browsers. Here, a toy
//! replaces that crate.
//!
//! Run it with `cargo run --example passkey_first`.

use second_factor::{
    Error, FirstFactor, Keys, MemoryStorage, NoDelivery, Proof, SignIn, SubjectId, Verifier,
    block_on, enrollment::NewSecurityKey, proof::SecurityKeyOutcome,
};

type Result<T, E = Box<dyn core::error::Error + Send + Sync>> = core::result::Result<T, E>;

/// A toy that replaces a WebAuthn crate and a browser: the server could sign too.
mod webauthn {
    use second_factor::host::{Entropy as _, NoEntropy, SystemEntropy};

    /// A passkey in the user's phone.
    pub(super) struct Passkey {
        pub(super) user: String,
        pub(super) verifies_user: bool,
        pub(super) key: [u8; 32],
    }

    /// The response of the browser.
    pub(super) struct Answer {
        pub(super) user: String,
        user_verified: bool,
        signature: [u8; 32],
    }

    impl Passkey {
        pub(super) fn sign(&self, options: &[u8]) -> Answer {
            let (user, user_verified) = (self.user.clone(), self.verifies_user);
            Answer { user, user_verified, signature: hmac_sha256::HMAC::mac(options, self.key) }
        }
    }

    /// The options for the browser, which are also the state for `finish`.
    pub(super) fn start() -> Result<Vec<u8>, NoEntropy> {
        let mut challenge = vec![0; 32];
        SystemEntropy::new().fill(&mut challenge)?;
        Ok(challenge)
    }

    /// Returns the credential that signed, and whether the user was verified.
    pub(super) fn finish(state: &[u8], keys: &[&[u8]], answer: &Answer) -> Option<(usize, bool)> {
        let signed = |key: &&[u8]| hmac_sha256::HMAC::mac(state, key) == answer.signature;
        let key = keys.iter().position(signed)?;
        Some((key, answer.user_verified))
    }
}

fn main() -> Result<()> {
    block_on(run())
}

async fn run() -> Result<()> {
    let builder = Verifier::builder("Example", MemoryStorage::new(), NoDelivery, Keys::generate()?);
    let verifier = builder.first_factor(FirstFactor::None).build()?;

    // Sign-up: the account is new, and only its id exists.
    let alice = SubjectId::new("user-42")?;
    let mut passkey =
        webauthn::Passkey { user: alice.to_string(), verifies_user: true, key: [7; 32] };
    let begun = verifier.enroll_security_key(&alice, &webauthn::start()?).await?;
    let new = NewSecurityKey::new("Alice's phone", &passkey.key)?;
    let confirmed = verifier.confirm_security_key(&alice, &begun, new).await?;
    let verified = confirmed.verified().ok_or("it began with no grant")?;
    println!("Alice signed up with {:?}.", verified.factors());

    // Signing in: one tap.
    let (options, text) = begin(&verifier)?;
    let answer = passkey.sign(&options);
    let sign_in = finish(&verifier, &text, &answer).await?;
    println!("{} signed in at level {} by {:?}.", answer.user, sign_in.level(), sign_in.amr());

    let again = finish(&verifier, &text, &answer).await.err().ok_or("it was accepted")?;
    println!("The same answer again: {again}.");

    let (_, another) = begin(&verifier)?;
    let moved = finish(&verifier, &another, &answer).await.err().ok_or("it was accepted")?;
    println!("The answer for another ceremony: {moved}.");

    passkey.verifies_user = false; // a found phone without a lock
    let (options, text) = begin(&verifier)?;
    let alone =
        finish(&verifier, &text, &passkey.sign(&options)).await.err().ok_or("it was accepted")?;
    assert!(alone.pending_factor().is_some());
    println!("A passkey that verified no user is one factor: a second one is due.");
    Ok(())
}

/// GET: the options for the browser, and a string for the session or a form.
fn begin(app: &Verifier) -> Result<(Vec<u8>, String)> {
    let state = webauthn::start()?;
    let ceremony = app.begin_passkey(&state)?;
    Ok((state, ceremony.expose().to_owned()))
}

/// POST: `Ok` opens the session.
async fn finish(app: &Verifier, text: &str, answer: &webauthn::Answer) -> Result<SignIn, Error> {
    let subject = SubjectId::new(&answer.user)?;
    let ceremony = app.ceremony(&subject, text).await?;
    let keys = ceremony.keys();
    let credentials: Vec<&[u8]> = keys.iter().map(|key| key.credential()).collect();
    let signed = webauthn::finish(ceremony.state(), &credentials, answer);
    let outcome = match signed.and_then(|(at, is_verified)| Some((keys.get(at)?, is_verified))) {
        Some((key, is_verified)) => {
            SecurityKeyOutcome::passed(key.id(), key.credential()).user_verified(is_verified)
        }
        None => SecurityKeyOutcome::failed(),
    };
    Ok(app.verify(&subject, Proof::security_key(text, outcome)).await?.into())
}
