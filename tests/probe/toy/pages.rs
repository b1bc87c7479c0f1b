//! The pages of the hand-written sign-in.

use second_factor::{
    FactorKind, Secret, SubjectId, UnixTime,
    otp::Totp,
    testkit::probe::{SignInEndpoint, Unanswered},
};

use super::{App, Checked, Flaw, Sent, Session, Stage, State, Toy, User};

impl SignInEndpoint for Toy {
    type Session = u32;

    async fn now(&self) -> Result<UnixTime, Unanswered> {
        Ok(UnixTime::from_secs(self.state().now))
    }

    async fn advance(&self, secs: u64) -> Result<(), Unanswered> {
        self.state().now += secs;
        Ok(())
    }

    async fn sign_up(&self) -> Result<SubjectId, Unanswered> {
        let mut state = self.state();
        let subject = SubjectId::new(format!("user-{}", state.next_number()))?;
        state.users.insert(subject.clone(), User::default());
        Ok(subject)
    }

    async fn start(&self, subject: &SubjectId) -> Result<u32, Unanswered> {
        let mut state = self.state();
        let user = &state.users[subject];
        let is_free = user.app.is_none() && !user.has_phone;
        let is_in = is_free || self.has(Flaw::NeedsNoCode);
        let stage = if is_in { Stage::In(state.now) } else { Stage::Half };
        let cookie = state.next_number();
        let session = Session { subject: subject.clone(), stage, failures: 0, pending: None };
        state.sessions.insert(cookie, session);
        Ok(cookie)
    }

    async fn submit(
        &self,
        cookie: &u32,
        kind: FactorKind,
        typed: &str,
    ) -> Result<String, Unanswered> {
        if kind != FactorKind::Totp {
            self.offers_more()?;
        }
        match self.flaw {
            Some(Flaw::FailsOnLongTexts) if typed.len() > 1000 => {
                return Err(Unanswered::Broken("the server crashed".into()));
            }
            Some(Flaw::RefusesEveryUser) => return Ok("no".into()),
            _ => {}
        }
        let is_sent = kind == FactorKind::Phone;
        let is_locked = {
            let state = self.state();
            if state.sessions[cookie].stage != Stage::Half {
                return Ok("start again".into());
            }
            self.is_locked(&state, *cookie, is_sent)
        };
        if is_locked && !self.has(Flaw::LockAcceptsTheCorrectCode) {
            return Ok("no".into());
        }
        let checked = match kind {
            FactorKind::Totp => self.check_totp(*cookie, typed).await,
            FactorKind::BackupCode => self.check_backup_code(*cookie, typed).await,
            FactorKind::Phone => self.check_sent_code(*cookie, typed),
            _ => return Err(Unanswered::NotOffered),
        };
        let mut state = self.state();
        match checked {
            Checked::Correct => {
                Self::let_in(&mut state, *cookie);
                return Ok("welcome".into());
            }
            Checked::Used => {}
            Checked::Incorrect => self.count(&mut state, *cookie),
        }
        match checked {
            Checked::Used if self.has(Flaw::RevealsTheReason) => Ok("this code was used".into()),
            _ => Ok("no".into()),
        }
    }

    async fn is_signed_in(&self, cookie: &u32) -> Result<bool, Unanswered> {
        Ok(matches!(self.state().sessions[cookie].stage, Stage::In(_)))
    }

    async fn sign_out(&self, cookie: &u32) -> Result<(), Unanswered> {
        let stage = match self.flaw {
            Some(Flaw::SignOutDoesNothing) => return Ok(()),
            Some(Flaw::SignOutKeepsThePassword) => Stage::Half,
            _ => Stage::Out,
        };
        self.state().sessions.get_mut(cookie).unwrap().stage = stage;
        Ok(())
    }

    async fn begin_app(&self, cookie: &u32) -> Result<Option<String>, Unanswered> {
        let mut state = self.state();
        let may = match state.sessions[cookie].stage {
            Stage::Half => self.has(Flaw::PasswordAloneEnrolls),
            Stage::In(at) => state.now - at < 300 || self.has(Flaw::OldSessionsEnroll),
            Stage::Out => false,
        };
        if !may {
            return Ok(None);
        }
        let secret = Secret::new(&state.next_number().to_be_bytes().repeat(5))?;
        let totp = Totp::new(&secret);
        let session = state.sessions.get_mut(cookie).unwrap();
        session.pending = Some(totp.clone());
        if self.has(Flaw::PendingAppSignsIn) {
            let subject = session.subject.clone();
            state.install(&subject, totp, None);
        }
        Ok(Some(secret.expose_base32().expose().to_owned()))
    }

    async fn confirm_app(&self, cookie: &u32, typed: &str) -> Result<String, Unanswered> {
        let mut state = self.state();
        let now = state.now;
        let session = state.sessions.get_mut(cookie).unwrap();
        let Some(totp) = session.pending.clone() else { return Ok("no".into()) };
        let step = totp.step(UnixTime::from_secs(now)).unwrap();
        if totp.code_at(step).expose() != typed {
            return Ok("no".into());
        }
        session.pending = None;
        let subject = session.subject.clone();
        let spent = (!self.has(Flaw::EnrollmentCodeStaysValid)).then_some((step.get(), typed));
        state.install(&subject, totp, spent);
        Ok("added".into())
    }

    async fn begin_phone(&self, cookie: &u32) -> Result<String, Unanswered> {
        self.offers_more()?;
        let mut state = self.state();
        let Stage::In(_) = state.sessions[cookie].stage else { return Ok("no".into()) };
        let _ = state.send(*cookie, true);
        Ok("sent".into())
    }

    async fn confirm_phone(&self, cookie: &u32, typed: &str) -> Result<String, Unanswered> {
        let mut state = self.state();
        let user = state.user(*cookie);
        let place = user.sent.iter().position(|sent| sent.adds_a_number && sent.code == typed);
        let Some(place) = place else { return Ok("no".into()) };
        user.sent.remove(place);
        user.has_phone = true;
        Ok("added".into())
    }

    async fn send(&self, cookie: &u32) -> Result<String, Unanswered> {
        let mut state = self.state();
        let now = state.now;
        if state.sessions[cookie].stage != Stage::Half {
            return Ok("start again".into());
        }
        let user = state.user(*cookie);
        let recent = |secs: u64| user.sends.iter().filter(|at| now - **at < secs).count();
        let too_soon = recent(30) > 0 && !self.has(Flaw::SendsWithoutBackoff);
        let too_many = recent(3600) >= 8 && !self.has(Flaw::SendsWithoutBudget);
        if too_soon || too_many {
            return Ok("later".into());
        }
        if !self.has(Flaw::OldSentCodesStayValid) {
            user.sent.retain(|sent| sent.adds_a_number);
        }
        let code = state.send(*cookie, false);
        let shows = self.has(Flaw::CodeInReply);
        Ok(if shows { format!("{{\"sent\":\"{code}\"}}") } else { "sent".into() })
    }

    async fn inbox(&self, subject: &SubjectId) -> Result<Vec<String>, Unanswered> {
        self.offers_more()?;
        let mut state = self.state();
        Ok(core::mem::take(&mut state.users.get_mut(subject).unwrap().inbox))
    }

    async fn new_backup_codes(&self, cookie: &u32) -> Result<Vec<String>, Unanswered> {
        self.offers_more()?;
        let mut state = self.state();
        let codes: Vec<_> = (0..10).map(|_| format!("backup-{}", state.next_number())).collect();
        let user = state.user(*cookie);
        if !self.has(Flaw::OldBackupCodesStayValid) {
            user.backup.clear();
        }
        user.backup.extend(codes.iter().cloned());
        Ok(codes)
    }
}

impl State {
    /// Returns an unused number. It is not random: no attack depends on that.
    fn next_number(&mut self) -> u32 {
        self.last += 1;
        self.last
    }

    fn user(&mut self, cookie: u32) -> &mut User {
        let subject = self.sessions[&cookie].subject.clone();
        self.users.get_mut(&subject).unwrap()
    }

    fn install(&mut self, subject: &SubjectId, totp: Totp, spent: Option<(u64, &str)>) {
        let used = spent.map(|(_, typed)| typed.to_owned()).into_iter().collect();
        let app = App { totp, last: spent.map(|(step, _)| step), used };
        self.users.get_mut(subject).unwrap().app = Some(app);
    }

    fn send(&mut self, cookie: u32, adds_a_number: bool) -> String {
        let (at, code) = (self.now, format!("{:06}", 700_000 + self.next_number()));
        let user = self.user(cookie);
        user.sent.push(Sent { code: code.clone(), at, session: cookie, adds_a_number });
        user.sends.push(at);
        user.inbox.push(code.clone());
        code
    }
}
