//! Backup codes as a replacement for a lost phone.
//!
//! Shows how to create backup codes, sign in with one, and replace the lost authenticator app and
//! the codes afterwards. Each code works once.
//!
//! Run it with `cargo run --example backup_codes`.

use second_factor::{
    FirstFactor, Keys, MemoryStorage, Proof, Secret, SubjectId, UnixTime, Verified, Verifier,
    block_on,
    host::{Clock as _, SystemClock},
    otp::Totp,
    testkit::MessageLog,
};

type Result<T, E = Box<dyn core::error::Error + Send + Sync>> = core::result::Result<T, E>;

fn main() -> Result<()> {
    block_on(run())
}

async fn run() -> Result<()> {
    let verifier =
        Verifier::new("Example", MemoryStorage::new(), MessageLog::new(), Keys::generate()?)?
            .after(FirstFactor::Password);
    let alice = SubjectId::new("user-42")?;

    // Backup codes are a fallback for another factor. Here it is an authenticator app, which this
    // program simulates.
    let verified = enroll_app(&verifier, &alice).await?;
    let codes = verifier.new_backup_codes(&verified).await?;

    // `expose` consumes the value, so the codes can be shown only once.
    let codes = codes.expose();
    println!("Print these codes and store them apart from your phone:\n");
    for (number, code) in (1..).zip(&codes) {
        println!("  {number:>2}.  {}", code.expose());
    }
    let [first, second, ..] = codes.as_slice() else {
        return Err("expected ten backup codes".into());
    };

    // The phone is lost. Case and hyphens of a code do not matter.
    let typed = first.expose().to_lowercase().replace('-', " ");
    let verified = verifier.verify(&alice, Proof::backup_code(&typed)).await?;
    println!("\nSigned in with {:?} at {}.", verified.factors(), verified.verified_at().as_secs());

    // A used code is refused. The error does not reveal that it was valid before.
    let error = verifier.verify(&alice, Proof::backup_code(&typed)).await.err();
    let error = error.ok_or("a backup code was accepted twice")?;
    println!("The same code again: {error}.");

    // The recent verification permits replacing the lost phone and the backup codes. All old codes
    // become invalid.
    let enrollment = verifier.enroll_totp(&verified, "alice@example.com").await?;
    let app = app_with_secret(enrollment.expose_secret().expose())?;
    let confirmed = verifier.confirm(&alice, &enrollment, &code(&app, now()?)?).await?;
    let new_codes = verifier.new_backup_codes(&confirmed).await?;
    println!("Enrolled a new phone and created {} new codes.", new_codes.count());
    let old = verifier.verify(&alice, Proof::backup_code(second.expose())).await;
    let error = old.err().ok_or("a replaced backup code was accepted")?;
    println!("One of the old codes: {error}.");
    Ok(())
}

/// Enrolls an authenticator app as the first factor.
async fn enroll_app(verifier: &Verifier, alice: &SubjectId) -> Result<Verified> {
    let enrollment = verifier.enroll_totp(alice, "alice@example.com").await?;
    let app = app_with_secret(enrollment.expose_secret().expose())?;
    let confirmed = verifier.confirm(alice, &enrollment, &code(&app, now()?)?).await?;
    Ok(confirmed.verified().ok_or("it began with no grant")?)
}

/// Sets up the simulated app, as scanning the QR code would.
fn app_with_secret(text: &str) -> Result<Totp> {
    Ok(Totp::new(&Secret::from_base32(text)?))
}

fn code(app: &Totp, now: UnixTime) -> Result<String> {
    Ok(app.code(now).ok_or("the clock is before 1970")?.expose().to_owned())
}

fn now() -> Result<UnixTime> {
    Ok(SystemClock::new().now()?)
}
