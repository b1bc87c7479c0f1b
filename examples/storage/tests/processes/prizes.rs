//! Prizes of a race.
//!
//! Each prize must be won at most once.

use second_factor::{
    Address, Client, CodeRequest, DeviceToken, Error, FirstFactor, Handle, NewDevice, Next, Proof,
    Secret, SubjectId, UnixTime, Verified, Verifier,
    host::{Clock as _, SystemClock},
    otp::Totp,
    proof::{RequestAnswer, RequestedFrom},
    purpose::Operation,
    testkit::{ManualClock, MessageLog},
};

use crate::{place::Place, servers::unused_name};

/// A proof of a subject, as a line of text: `what subject typed`.
#[derive(Clone, Debug)]
pub struct Prize {
    pub what: String,
    pub subject: String,
    typed: String,
}

/// The outcome of one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The store did not respond, or there were too many conflicts.
    Error,
    /// Refused, for this reason.
    Refused(String),
    /// Won: verified, or recognized with this successor of the token.
    Won(String),
}

impl Prize {
    pub fn read(line: &str) -> Self {
        let mut words = line.split(' ').map(str::to_owned);
        let mut next = || words.next().unwrap();
        Self { what: next(), subject: next(), typed: next() }
    }

    pub fn line(&self) -> String {
        format!("{} {} {}", self.what, self.subject, self.typed)
    }

    /// Returns the same prize with another input.
    pub fn with(&self, typed: &str) -> Self {
        Self { typed: typed.into(), ..self.clone() }
    }

    /// Attempts to win the prize.
    pub async fn attempt(&self, verifier: &Verifier) -> Outcome {
        let subject = SubjectId::new(&self.subject).unwrap();
        let won = match self.what.as_str() {
            "code" | "guess" => verifier.verify(&subject, Proof::totp(&self.typed)).await,
            "backup" => verifier.verify(&subject, Proof::backup_code(&self.typed)).await,
            "registration" => {
                let (handle, code) = self.typed.split_once('/').unwrap();
                let handle = handle.parse::<Handle>().unwrap();
                let proof = Proof::sent_code(handle, code);
                let registered = verifier.after(FirstFactor::None).register(&subject, proof).await;
                return outcome(registered, |_| String::new());
            }
            "request" => {
                let handle = self.typed.parse::<Handle>().unwrap();
                verifier.verify(&subject, Proof::sign_in_request(handle)).await
            }
            _ => {
                return match present(verifier, &self.typed).next(&subject).await {
                    Ok(Next::Done(sign_in)) => {
                        let next = sign_in.device_token().map(|next| next.expose().to_owned());
                        Outcome::Won(next.unwrap_or_default())
                    }
                    Ok(_) => Outcome::Refused("NotRecognized".to_owned()),
                    Err(error) => outcome(Err(error), |()| String::new()),
                };
            }
        };
        outcome(won, |_| String::new())
    }
}

impl Outcome {
    pub fn read(text: &str) -> Self {
        match text.split_once(' ') {
            Some(("won", token)) => Self::Won(token.into()),
            Some(("refused", reason)) => Self::Refused(reason.into()),
            _ => Self::Error,
        }
    }

    /// Returns the token if the prize was won.
    pub fn won(&self) -> Option<&str> {
        match self {
            Self::Won(token) => Some(token),
            Self::Error | Self::Refused(_) => None,
        }
    }

    pub fn is_refused(&self, reason: &str) -> bool {
        matches!(self, Self::Refused(its) if its == reason)
    }

    pub fn text(&self) -> String {
        match self {
            Self::Error => "error".into(),
            Self::Refused(reason) => format!("refused {reason}"),
            Self::Won(token) => format!("won {token}"),
        }
    }
}

/// Returns the verifier for a device that presents this token.
fn present(verifier: &Verifier, token: &str) -> Verifier {
    let device = Client::new("the binding of a device").unwrap();
    verifier.for_client(device.device(&DeviceToken::from_text(token)))
}

fn outcome<T>(answer: Result<T, Error>, token: impl Fn(T) -> String) -> Outcome {
    match answer {
        Ok(won) => Outcome::Won(token(won)),
        Err(error) => match error.denial() {
            Some(denial) => Outcome::Refused(format!("{:?}", denial.reason())),
            None => Outcome::Error,
        },
    }
}

/// Creates prizes of each kind: subjects with one prize each, or with a budget of attempts.
pub async fn prepare(place: &Place) -> Vec<Prize> {
    // Factors and devices are created 90 seconds before the race.
    let now = SystemClock::new().now().unwrap().as_secs();
    let clock = ManualClock::at(now - 90);
    let phone = MessageLog::new();
    let verifier = place.builder(phone.clone()).await.clock(clock.clone()).build().unwrap();
    let setup = Setup { verifier, clock, phone, now };
    let mut prizes = Vec::new();
    for _ in 0..SERIES {
        prizes.push(setup.code().await);
        prizes.push(setup.backup().await);
        prizes.push(setup.device().await);
        prizes.push(setup.request().await);
        prizes.push(setup.registration().await);
        let guess = setup.guess().await;
        prizes.extend([guess.clone(), guess.clone(), guess]);
    }
    prizes
}

struct Setup {
    verifier: Verifier,
    clock: ManualClock,
    phone: MessageLog,
    now: u64,
}

impl Setup {
    async fn code(&self) -> Prize {
        let (subject, app, _) = self.enroll(self.now - 90).await;
        self.prize("code", &subject, code(&app, self.now))
    }

    /// Creates the prize for an incorrect code, from a budget of five attempts.
    async fn guess(&self) -> Prize {
        let (subject, app, _) = self.enroll(self.now - 90).await;
        let correct: Vec<String> =
            (0..12).map(|step| code(&app, self.now - 60 + 30 * step)).collect();
        let candidates = (0..).map(|number: u32| format!("{number:06}"));
        let typed = candidates.into_iter().find(|typed| !correct.contains(typed)).unwrap();
        self.prize("guess", &subject, typed)
    }

    async fn backup(&self) -> Prize {
        let (subject, _, verified) = self.enroll(self.now - 90).await;
        let codes = self.verifier.new_backup_codes(&verified).await.unwrap();
        self.prize("backup", &subject, codes.expose()[0].expose().replace(' ', "-"))
    }

    /// Creates the prize for the token of a device that is about to rotate.
    async fn device(&self) -> Prize {
        let (subject, token) = self.trusted(self.now - 12 * 60 * 60).await;
        self.prize("device", &subject, token)
    }

    /// Creates the prize for a sign-in request that the trusted device approved.
    async fn request(&self) -> Prize {
        let (subject, token) = self.trusted(self.now - 90).await;
        self.clock.set(self.now);
        let phone = present(&self.verifier, &token);
        let from = RequestedFrom::new("Firefox", "Lisbon");
        let asked =
            self.verifier.request_sign_in(&subject, Operation::SignIn, &from).await.unwrap();
        let pending = phone.pending_request(&subject).await.unwrap().unwrap();
        let answer = RequestAnswer::Approve(asked.number().expose());
        phone.answer_request(&subject, &pending, answer).await.unwrap();
        self.prize("request", &subject, asked.handle().to_string())
    }

    /// Creates the prize for a code that registers a subject by email.
    async fn registration(&self) -> Prize {
        self.clock.set(self.now);
        let name = unused_name();
        let subject = SubjectId::new(&name).unwrap();
        let address = Address::email(&format!("{name}@example.com")).unwrap();
        let request = CodeRequest::to_address(&address).purpose(Operation::Register);
        let newcomer = self.verifier.after(FirstFactor::None);
        let sent = newcomer.send_code(&subject, request).await.unwrap();
        let message = self.phone.take().unwrap();
        let code = message.code().unwrap().expose();
        self.prize("registration", &subject, format!("{}/{code}", Handle::from(&sent)))
    }

    /// Creates a subject with a device that was trusted at this time.
    async fn trusted(&self, at: u64) -> (SubjectId, String) {
        let (subject, app, _) = self.enroll(at).await;
        let typed = code(&app, at + 30);
        let proof = Proof::totp(typed).trusting(NewDevice::new("Firefox"));
        let verified = self.verifier.verify(&subject, proof).await.unwrap();
        (subject, verified.device_token().unwrap().expose().to_owned())
    }

    async fn enroll(&self, at: u64) -> (SubjectId, Totp, Verified) {
        self.clock.set(at);
        let subject = SubjectId::new(unused_name()).unwrap();
        let enrollment = self.verifier.enroll_totp(&subject, "a user").await.unwrap();
        let app = Totp::new(&Secret::from_base32(enrollment.expose_secret().expose()).unwrap());
        let typed = code(&app, at);
        let confirmed = self.verifier.confirm(&subject, &enrollment, &typed).await.unwrap();
        (subject, app, confirmed.verified().unwrap())
    }

    fn prize(&self, what: &str, subject: &SubjectId, typed: String) -> Prize {
        let subject = subject.to_string();
        Prize { what: what.into(), subject, typed }
    }
}

fn code(app: &Totp, at: u64) -> String {
    app.code(UnixTime::from_secs(at)).unwrap().expose().to_owned()
}

const SERIES: usize = 4;
