//! A sign-in of a small application over this crate.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use second_factor::{
    Address, Client, CodeRequest, Delivery, Error, FactorKind, FirstFactor, Grant, Handle, Keys,
    MemoryStorage, Message, Next, Policy, Proof, SubjectId, UnixTime, Verified, Verifier,
    delivery::{Receipt, Undelivered},
    enrollment::Enroller,
    testkit::{
        ManualClock,
        probe::{SignInEndpoint, Unanswered},
    },
};

/// The application.
pub struct Demo {
    verifier: Verifier,
    clock: ManualClock,
    phones: Phones,
    tables: Mutex<Tables>,
}

#[derive(Default)]
struct Tables {
    users: u32,
    /// The numbers of each user, proven or not.
    numbers: HashMap<SubjectId, Vec<Address>>,
    cookies: u32,
    sessions: HashMap<u32, Session>,
}

/// The session of a browser.
#[derive(Clone)]
struct Session {
    subject: SubjectId,
    is_in: bool,
    /// What the last proof permits, for some minutes.
    grant: Option<String>,
    challenge: Option<Handle>,
    enrollment: Option<Handle>,
}

/// The phones of all users.
#[derive(Clone, Default)]
struct Phones(Arc<Mutex<HashMap<Address, Vec<String>>>>);

impl Delivery for Phones {
    async fn deliver(&self, message: Message) -> Result<Receipt, Undelivered> {
        if let Some(code) = message.code() {
            let mut phones = self.0.lock().unwrap();
            let phone = phones.entry(message.address().clone()).or_default();
            phone.push(code.expose().to_owned());
        }
        Ok(Receipt::new(message.reference()))
    }
}

impl Demo {
    pub fn new() -> Self {
        let (clock, phones) = (ManualClock::at(1_800_000_000), Phones::default());
        // Cheap hashes: the attacks make thousands of attempts.
        let policy = Policy::builder().danger_cheap_hashes().build().unwrap();
        let keys = Keys::new(*b"a root of thirty-two bytes, kept");
        let verifier = Verifier::builder("Example", MemoryStorage::new(), phones.clone(), keys)
            .first_factor(FirstFactor::Password)
            .policy(policy)
            .clock(clock.clone())
            .build()
            .unwrap();
        Self { verifier, clock, phones, tables: Mutex::default() }
    }

    fn session(&self, cookie: u32) -> Option<Session> {
        self.tables.lock().unwrap().sessions.get(&cookie).cloned()
    }

    fn save(&self, cookie: u32, session: Session) {
        self.tables.lock().unwrap().sessions.insert(cookie, session);
    }

    /// The verifier, for one browser.
    fn verifier(&self, cookie: u32) -> Verifier {
        let binding = format!("a real one is random: {cookie}");
        self.verifier.for_client(Client::new(binding.as_bytes()).unwrap())
    }

    /// Returns the permission of a session to change factors: by its last proof, or by its password
    /// if no second factor was required.
    fn enroller(session: &Session) -> Option<Enroller> {
        match (&session.grant, session.is_in) {
            (_, false) => None,
            (None, true) => Some(Enroller::from(&session.subject)),
            (Some(_), true) => Some(Enroller::from(&grant_of(session)?)),
        }
    }

    /// Returns the page after a proof.
    fn welcome(
        &self,
        cookie: u32,
        mut session: Session,
        proven: Result<Verified, Error>,
    ) -> Result<String, Unanswered> {
        match proven {
            Ok(verified) => {
                session.is_in = true;
                let grant = self.verifier(cookie).grant(&verified)?;
                session.grant = Some(grant.expose().to_owned());
                self.save(cookie, session);
                Ok("welcome".into())
            }
            Err(error) => refusal(&error),
        }
    }
}

fn grant_of(session: &Session) -> Option<Grant> {
    Some(Grant::from_text(&session.subject, session.grant.as_ref()?))
}

/// Returns the text for the user: the same for every refusal.
fn refusal(error: &Error) -> Result<String, Unanswered> {
    match error {
        Error::Denied(denial) => Ok(denial.to_string()),
        other => Err(Unanswered::Broken(other.to_string().into())),
    }
}

const START_AGAIN: &str = "start again";

impl SignInEndpoint for Demo {
    type Session = u32;

    async fn now(&self) -> Result<UnixTime, Unanswered> {
        Ok(self.clock.time())
    }

    async fn advance(&self, secs: u64) -> Result<(), Unanswered> {
        self.clock.advance(secs);
        Ok(())
    }

    async fn sign_up(&self) -> Result<SubjectId, Unanswered> {
        let mut tables = self.tables.lock().unwrap();
        tables.users += 1;
        Ok(SubjectId::new(format!("user-{}", tables.users))?)
    }

    async fn start(&self, subject: &SubjectId) -> Result<u32, Unanswered> {
        let next = self.verifier.next(subject).await?;
        let mut tables = self.tables.lock().unwrap();
        tables.cookies += 1;
        let cookie = tables.cookies;
        let session = Session {
            subject: subject.clone(),
            is_in: matches!(next, Next::Done(_)),
            grant: None,
            challenge: None,
            enrollment: None,
        };
        tables.sessions.insert(cookie, session);
        Ok(cookie)
    }

    async fn submit(
        &self,
        cookie: &u32,
        kind: FactorKind,
        typed: &str,
    ) -> Result<String, Unanswered> {
        let Some(session) = self.session(*cookie) else { return Ok(START_AGAIN.into()) };
        let proof = match (kind, &session.challenge) {
            (FactorKind::Totp, _) => Proof::totp(typed),
            (FactorKind::BackupCode, _) => Proof::backup_code(typed),
            (FactorKind::Phone, Some(challenge)) => Proof::sent_code(challenge, typed),
            (FactorKind::Phone, None) => return Ok("not verified".into()),
            _ => return Err(Unanswered::NotOffered),
        };
        let proven = self.verifier(*cookie).verify(&session.subject, proof).await;
        self.welcome(*cookie, session, proven)
    }

    async fn is_signed_in(&self, cookie: &u32) -> Result<bool, Unanswered> {
        Ok(self.session(*cookie).is_some_and(|session| session.is_in))
    }

    async fn sign_out(&self, cookie: &u32) -> Result<(), Unanswered> {
        self.tables.lock().unwrap().sessions.remove(cookie);
        Ok(())
    }

    async fn begin_app(&self, cookie: &u32) -> Result<Option<String>, Unanswered> {
        let Some(mut session) = self.session(*cookie) else { return Ok(None) };
        let Some(enroller) = Self::enroller(&session) else { return Ok(None) };
        match self.verifier(*cookie).enroll_totp(enroller, "alice").await {
            Ok(enrollment) => {
                session.enrollment = Some(*enrollment.handle());
                self.save(*cookie, session);
                Ok(Some(enrollment.expose_uri().expose().to_owned()))
            }
            Err(error) => refusal(&error).map(|_| None),
        }
    }

    async fn confirm_app(&self, cookie: &u32, typed: &str) -> Result<String, Unanswered> {
        let Some(session) = self.session(*cookie) else { return Ok(START_AGAIN.into()) };
        let Some(enrollment) = session.enrollment else { return Ok(START_AGAIN.into()) };
        let verifier = self.verifier(*cookie);
        match verifier.confirm(&session.subject, &enrollment, typed).await {
            Ok(confirmed) => match confirmed.verified() {
                Some(verified) => self.welcome(*cookie, session, Ok(verified)),
                None => Ok("added".into()),
            },
            Err(error) => self.welcome(*cookie, session, Err(error)),
        }
    }

    async fn begin_phone(&self, cookie: &u32) -> Result<String, Unanswered> {
        let Some(mut session) = self.session(*cookie) else { return Ok(START_AGAIN.into()) };
        let Some(enroller) = Self::enroller(&session) else { return Ok("no".into()) };
        let number = {
            let mut tables = self.tables.lock().unwrap();
            let count: usize = tables.numbers.values().map(Vec::len).sum();
            let number = Address::phone(&format!("+1415555{count:04}"))?;
            tables.numbers.entry(session.subject.clone()).or_default().push(number.clone());
            number
        };
        match self.verifier(*cookie).enroll_address(enroller, &number).await {
            Ok(sent) => {
                session.enrollment = Some(*sent.handle());
                self.save(*cookie, session);
                Ok(format!("sent to {}", sent.masked()))
            }
            Err(error) => refusal(&error),
        }
    }

    async fn confirm_phone(&self, cookie: &u32, typed: &str) -> Result<String, Unanswered> {
        self.confirm_app(cookie, typed).await
    }

    async fn send(&self, cookie: &u32) -> Result<String, Unanswered> {
        let Some(mut session) = self.session(*cookie) else { return Ok(START_AGAIN.into()) };
        let (verifier, subject) = (self.verifier(*cookie), &session.subject);
        let sent = match &session.challenge {
            Some(challenge) => verifier.send_code(subject, CodeRequest::again(challenge)).await,
            None => {
                let Next::Prove(offers) = verifier.next(subject).await? else {
                    return Ok("no factor is required".into());
                };
                let Some(number) = offers.iter().find(|offer| offer.masked().is_some()) else {
                    return Ok("no number".into());
                };
                verifier.send_code(subject, number.id()).await
            }
        };
        match sent {
            Ok(sent) => {
                session.challenge = Some(*sent.handle());
                self.save(*cookie, session);
                Ok(format!("sent to {}", sent.masked()))
            }
            Err(error) => refusal(&error),
        }
    }

    async fn inbox(&self, subject: &SubjectId) -> Result<Vec<String>, Unanswered> {
        let tables = self.tables.lock().unwrap();
        let mut phones = self.phones.0.lock().unwrap();
        let numbers = tables.numbers.get(subject).into_iter().flatten();
        Ok(numbers.filter_map(|number| phones.remove(number)).flatten().collect())
    }

    async fn new_backup_codes(&self, cookie: &u32) -> Result<Vec<String>, Unanswered> {
        let grant = self.session(*cookie).and_then(|session| grant_of(&session));
        let Some(grant) = grant else { return Ok(Vec::new()) };
        match self.verifier(*cookie).new_backup_codes(&grant).await {
            Ok(codes) => Ok(codes.expose().iter().map(|code| code.expose().to_owned()).collect()),
            Err(error) => refusal(&error).map(|_| Vec::new()),
        }
    }
}
