//! A process of each release, by one macro.

use crate::{Act, Answer, Process, User, World};

macro_rules! release {
    ($name:ident, $release:ident) => {
        pub mod $name {
            use std::convert::Infallible;

            use $release::{
                Address, Client, CodeRequest, DeviceToken, Error, FirstFactor, Grant, Handle, Keys,
                Message, NewDevice, Next, Policy, Proof, Secret, SignIn, Storage, SubjectId,
                UnixTime, Verified, Verifier, block_on,
                delivery::{Delivery, Receipt, Undelivered},
                host::{Clock, Entropy, NoEntropy, NoTime},
                otp::Totp,
                storage::{Record, RecordId, Swap, Version},
                verifier::VerifierBuilder,
            };

            use super::*;

            pub struct Running {
                pub(crate) world: World,
                pub(crate) verifier: Verifier,
            }

            pub fn started(
                world: &World,
                policy: impl FnOnce(Policy) -> Policy,
                settings: impl FnOnce(VerifierBuilder) -> VerifierBuilder,
            ) -> Running {
                let keys = Keys::new(*b"a root of thirty-two bytes, kept");
                let cheap = Policy::builder().danger_cheap_hashes().build().unwrap();
                let builder = Verifier::builder("Example", world.clone(), world.clone(), keys)
                    .first_factor(FirstFactor::Password)
                    .policy(policy(cheap))
                    .clock(world.clone())
                    .entropy(world.clone());
                Running { world: world.clone(), verifier: settings(builder).build().unwrap() }
            }

            impl Storage for World {
                type Error = Infallible;

                async fn load(&self, id: &RecordId) -> Result<Option<Record>, Infallible> {
                    let inner = self.0.lock().unwrap();
                    let found = inner.records.get(id.as_bytes());
                    Ok(found
                        .map(|(version, bytes)| Record::new(Version::new(*version), bytes.clone())))
                }

                async fn compare_and_swap(
                    &self,
                    id: &RecordId,
                    expected: Option<Version>,
                    record: &Record,
                ) -> Result<Swap, Infallible> {
                    let records = &mut self.0.lock().unwrap().records;
                    let stored = records.get(id.as_bytes()).map(|(version, _)| *version);
                    if stored != expected.map(Version::get) {
                        return Ok(Swap::Conflict);
                    }
                    let value = (record.version().get(), record.bytes().to_vec());
                    records.insert(id.as_bytes().to_vec(), value);
                    Ok(Swap::Commit)
                }
            }

            impl Delivery for World {
                async fn deliver(&self, message: Message) -> Result<Receipt, Undelivered> {
                    if let Some(code) = message.code() {
                        self.0.lock().unwrap().code = Some(code.expose().to_owned());
                    }
                    Ok(Receipt::new(message.reference()))
                }
            }

            impl Clock for World {
                fn now(&self) -> Result<UnixTime, NoTime> {
                    Ok(UnixTime::from_secs(self.0.lock().unwrap().now))
                }
            }

            impl Entropy for World {
                fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
                    World::fill(self, bytes);
                    Ok(())
                }
            }

            impl Process for Running {
                fn act(&self, user: &mut User, act: Act) -> Answer {
                    match self.tried(user, act) {
                        Ok(answer) => answer.unwrap_or(Answer::Idle),
                        Err(error) => refusal(error),
                    }
                }

                fn status(&self, user: &User) -> Answer {
                    match block_on(self.verifier.status(&subject(user))) {
                        Ok(status) => Answer::Done(format!("{status:?}")),
                        Err(error) => refusal(error),
                    }
                }
            }

            pub(crate) fn refusal(error: Error) -> Answer {
                match error {
                    Error::Unreadable(error) => Answer::Unreadable(error.to_string()),
                    other => Answer::Refused(format!("{other:?}")),
                }
            }

            pub(crate) fn subject(user: &User) -> SubjectId {
                SubjectId::new(&user.name).unwrap()
            }

            pub(crate) fn grant(user: &User) -> Option<Grant> {
                Some(Grant::from_text(&subject(user), user.grant.as_ref()?))
            }

            impl Running {
                /// The verifier for the user's browser.
                pub(crate) fn at(&self, user: &User) -> Verifier {
                    let mut client = Client::new([7; 16]).unwrap();
                    if let Some(token) = &user.device {
                        client = client.device(&DeviceToken::from_text(token));
                    }
                    self.verifier.for_client(client)
                }

                /// Acts; `None` if the user lacks what is needed.
                fn tried(&self, user: &mut User, act: Act) -> Result<Option<Answer>, Error> {
                    let (name, verifier) = (subject(user), self.at(user));
                    Ok(Some(match act {
                        Act::Next => match block_on(verifier.next(&name))? {
                            Next::Done(sign_in) => self.sign_in(user, sign_in),
                            Next::Enroll(_) => Answer::Done("to enroll".to_owned()),
                            Next::Prove(offers) => {
                                let kinds: Vec<_> = offers.iter().map(|one| one.kind()).collect();
                                Answer::Done(format!("to prove: {kinds:?}"))
                            }
                        },
                        Act::BeginApp => {
                            let begun = match grant(user) {
                                Some(grant) => block_on(verifier.enroll_totp(&grant, "user")),
                                None => block_on(verifier.enroll_totp(&name, "user")),
                            };
                            let begun = begun?;
                            let secret = begun.expose_secret().expose().to_owned();
                            user.new_app = Some((begun.handle().to_string(), secret));
                            Answer::Done("an app is being enrolled".to_owned())
                        }
                        Act::ConfirmApp => {
                            let Some((handle, secret)) = user.new_app.clone() else {
                                return Ok(None);
                            };
                            let typed = self.code_of(&secret);
                            let confirmed = verifier.confirm(&name, handle_of(&handle), &typed);
                            let confirmed = block_on(confirmed)?;
                            (user.app, user.new_app) = (Some(secret), None);
                            match confirmed.verified() {
                                Some(verified) => self.verified(user, verified),
                                None => Answer::Done("confirmed".to_owned()),
                            }
                        }
                        Act::App => {
                            let Some(secret) = &user.app else { return Ok(None) };
                            let proof = Proof::totp(self.code_of(secret));
                            let proof = proof.trusting(NewDevice::new("Firefox"));
                            let verified = block_on(verifier.verify(&name, proof))?;
                            self.verified(user, verified)
                        }
                        Act::IncorrectApp => {
                            let Some(secret) = &user.app else { return Ok(None) };
                            let code: u32 = self.code_of(secret).parse().unwrap();
                            let proof = Proof::totp(format!("{:06}", (code + 1) % 1_000_000));
                            let verified = block_on(verifier.verify(&name, proof))?;
                            self.verified(user, verified)
                        }
                        Act::NewCodes => {
                            let Some(grant) = grant(user) else { return Ok(None) };
                            let codes = block_on(verifier.new_backup_codes(&grant))?.expose();
                            user.codes =
                                codes.iter().map(|code| code.expose().to_owned()).collect();
                            Answer::Done(format!("{} codes", user.codes.len()))
                        }
                        Act::BackupCode => {
                            let Some(code) = user.codes.pop() else { return Ok(None) };
                            user.used_code = Some(code.clone());
                            let verified = verifier.verify(&name, Proof::backup_code(code));
                            let verified = block_on(verified)?;
                            self.verified(user, verified)
                        }
                        Act::UsedCode => {
                            let Some(code) = user.used_code.clone() else { return Ok(None) };
                            let verified = verifier.verify(&name, Proof::backup_code(code));
                            let verified = block_on(verified)?;
                            self.verified(user, verified)
                        }
                        Act::BeginPhone => {
                            let Some(grant) = grant(user) else { return Ok(None) };
                            let begun = block_on(verifier.enroll_address(&grant, &number(user)))?;
                            let code = self.world.take_code().unwrap();
                            user.new_phone = Some((Handle::from(&begun).to_string(), code));
                            Answer::Done("a phone is being enrolled".to_owned())
                        }
                        Act::ConfirmPhone => {
                            let Some((handle, code)) = user.new_phone.take() else {
                                return Ok(None);
                            };
                            let _ = block_on(verifier.confirm(&name, handle_of(&handle), &code))?;
                            user.has_phone = true;
                            Answer::Done("confirmed".to_owned())
                        }
                        Act::Send => {
                            if !user.has_phone {
                                return Ok(None);
                            }
                            let number = number(user);
                            let request = CodeRequest::to_address(&number);
                            let sent = block_on(verifier.send_code(&name, request))?;
                            // A subject without the number has a challenge, but no code.
                            let code =
                                self.world.take_code().unwrap_or_else(|| "000000".to_owned());
                            user.sent = Some((Handle::from(&sent).to_string(), code));
                            Answer::Done("a code was sent".to_owned())
                        }
                        Act::SentCode => {
                            let Some((handle, code)) = user.sent.take() else { return Ok(None) };
                            let proof = Proof::sent_code(handle_of(&handle), code);
                            let verified = block_on(verifier.verify(&name, proof))?;
                            self.verified(user, verified)
                        }
                        Act::Status => return Ok(Some(self.status(user))),
                        Act::ChangePassword => {
                            let epoch = block_on(verifier.password_changed(&name))?;
                            Answer::Done(format!("epoch {epoch}"))
                        }
                        Act::SignOut => {
                            let Some(grant) = grant(user) else { return Ok(None) };
                            let epoch = block_on(verifier.sign_out_everywhere(&grant))?;
                            Answer::Done(format!("epoch {epoch}"))
                        }
                        Act::Reseal => {
                            block_on(verifier.operations().reseal(&name))?;
                            Answer::Done("sealed again".to_owned())
                        }
                    }))
                }

                pub(crate) fn verified(&self, user: &mut User, verified: Verified) -> Answer {
                    let grant = self.at(user).grant(&verified).unwrap();
                    user.grant = Some(grant.expose().to_owned());
                    self.sign_in(user, verified.into())
                }

                fn sign_in(&self, user: &mut User, sign_in: SignIn) -> Answer {
                    if let Some(token) = sign_in.device_token() {
                        user.device = Some(token.expose().to_owned());
                    }
                    Answer::SignedIn(match sign_in {
                        SignIn::Recognized(_) => "a known device",
                        SignIn::Unprotected(_) => "unprotected",
                        SignIn::Verified(_) => "verified",
                        _ => "otherwise",
                    })
                }

                fn code_of(&self, secret: &str) -> String {
                    let secret = Secret::from_base32(secret).unwrap();
                    let now = UnixTime::from_secs(self.world.now());
                    Totp::new(&secret).code(now).unwrap().expose().to_owned()
                }
            }

            fn handle_of(text: &str) -> Handle {
                text.parse().unwrap()
            }

            fn number(user: &User) -> Address {
                let last: u32 = user.name.bytes().map(u32::from).sum();
                Address::phone(&format!("+1415555{:04}", last % 10_000)).unwrap()
            }
        }
    };
}

release!(new, second_factor_next);
release!(old, second_factor);

/// The invented feature.
impl new::Running {
    /// Enrolls the invented factor, with the permission that the session has.
    pub fn enroll_key(&self, user: &mut User) -> Answer {
        let Some(grant) = new::grant(user) else { return Answer::Idle };
        match second_factor_next::block_on(self.at(user).enroll_rehearsal(&grant)) {
            Ok(key) => {
                user.key = Some(key.to_string());
                Answer::Done("a key is enrolled".to_owned())
            }
            Err(error) => new::refusal(error),
        }
    }

    pub fn sign_in_by_key(&self, user: &mut User) -> Answer {
        use second_factor_next::{Handle, Proof};
        let Some(key) = user.key.clone() else { return Answer::Idle };
        let proof = Proof::rehearsal(key.parse::<Handle>().unwrap());
        let name = new::subject(user);
        match second_factor_next::block_on(self.at(user).verify(&name, proof)) {
            Ok(verified) => self.verified(user, verified),
            Err(error) => new::refusal(error),
        }
    }

    /// Removes the invented factor.
    pub fn revoke_key(&self, user: &mut User) -> Answer {
        use second_factor_next::{FactorKind, block_on};
        let Some(grant) = new::grant(user) else { return Answer::Idle };
        let status = block_on(self.at(user).status(&new::subject(user))).unwrap();
        let is_it = |factor: &&second_factor_next::status::FactorStatus| {
            factor.kind() == FactorKind::Rehearsal
        };
        let Some(item) = status.factors().iter().find(is_it).map(|factor| *factor.id()) else {
            return Answer::Idle;
        };
        match block_on(self.at(user).revoke(&grant, &item)) {
            Ok(_) => Answer::Done("the key is removed".to_owned()),
            Err(error) => new::refusal(error),
        }
    }
}
