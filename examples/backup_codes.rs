//! Backup codes: made once, printed once, each good for one sign-in when the phone is gone.
//!
//! `cargo run --example backup_codes`

use second_factor::{
    Keys, MemoryStorage, Proof, Purpose, Secret, SubjectId, UnixTime, Verified, Verifier, block_on,
    host::{Clock as _, Entropy as _, SystemClock, SystemEntropy},
    otp::Totp,
    testkit::MessageLog,
};

type Outcome<T> = Result<T, Box<dyn core::error::Error + Send + Sync>>;

fn main() -> Outcome<()> {
    block_on(run())
}

async fn run() -> Outcome<()> {
    let mut root = [0; 32];
    SystemEntropy::new().fill(&mut root)?;
    let verifier = Verifier::builder(MemoryStorage::new(), MessageLog::new(), Keys::new(root))
        .issuer("Example")
        .build()?;
    let alice = SubjectId::new("user-42")?;

    // Backup codes stand in for something: an authenticator app, here one that this program plays.
    let fresh = with_app(&verifier, &alice).await?;
    let codes = verifier.new_backup_codes(&fresh).await?;

    // `expose` takes them: they are shown now or never.
    let sheet = codes.expose();
    println!("Print these and keep them where your phone is not:\n");
    for (number, code) in (1..).zip(&sheet) {
        println!("  {number:>2}.  {}", code.expose());
    }
    let [first, second, ..] = sheet.as_slice() else {
        return Err("there are ten".into());
    };

    // The phone is lost. A code is read in any case, with or without its hyphens.
    let typed = first.expose().to_lowercase().replace('-', " ");
    let verified = verifier.verify(&alice, Proof::backup_code(&typed)).await?;
    println!("\nSigned in with {:?} at {}.", verified.factors(), verified.verified_at().as_secs());

    // Used once, it is worth nothing; the answer does not say that it ever was.
    let error = verifier.verify(&alice, Proof::backup_code(&typed)).await.err();
    let error = error.ok_or("a code is right once")?;
    println!("The same code again: {error}.");

    // The proof is fresh, so the lost phone is replaced, and a new sheet printed. The old one dies
    // with it, whole.
    let enrollment = verifier.enroll_totp(&verified, "alice@example.com").await?;
    let app = scan(enrollment.expose_secret().expose())?;
    let confirmed = verifier.confirm(&alice, &enrollment, &code(&app, now()?)?).await?;
    let new_sheet = verifier.new_backup_codes(&confirmed).await?;
    println!("A new phone, and {} new codes.", new_sheet.count());
    let old = verifier.verify(&alice, Proof::backup_code(second.expose())).await;
    if old.is_ok() {
        return Err("a code of the old sheet was accepted".into());
    }
    println!("A code of the old sheet: {}.", old.err().ok_or("it is refused")?);
    Ok(())
}

/// Enrolls an authenticator app, as the first factor.
async fn with_app(verifier: &Verifier, alice: &SubjectId) -> Outcome<Verified> {
    let enrollment = verifier.enroll_totp(alice, "alice@example.com").await?;
    let app = scan(enrollment.expose_secret().expose())?;
    let verified = verifier.confirm(alice, &enrollment, &code(&app, now()?)?).await?;
    assert_eq!(verified.purpose(), Purpose::Enroll);
    Ok(verified)
}

fn scan(text: &str) -> Outcome<Totp> {
    Ok(Totp::new(&Secret::from_base32(text)?))
}

fn code(app: &Totp, now: UnixTime) -> Outcome<String> {
    Ok(app.code(now).ok_or("the clock stands before 1970")?.expose().to_owned())
}

fn now() -> Outcome<UnixTime> {
    Ok(SystemClock::new().now()?)
}
