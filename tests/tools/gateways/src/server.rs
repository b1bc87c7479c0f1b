//! The server: one request a connection, read to its end, answered as it is told.

use std::{
    collections::VecDeque,
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex, MutexGuard},
    thread,
    time::Duration,
};

use crate::{
    questions::Questions,
    rules::{self, Asked, Taken},
};

/// Every gateway, behind one port of this machine. Clones are the same.
#[derive(Clone)]
pub struct Gateways {
    address: SocketAddr,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    plays: VecDeque<Play>,
    questions: Questions,
    taken: Vec<Taken>,
    refused: Vec<String>,
}

/// How a gateway meets one request.
#[derive(Clone, Copy, Debug)]
pub enum Play {
    /// Refuses it, whatever it is.
    Fails(u16, &'static str),
    /// Takes it, and answers what nobody can read.
    Garbles,
    /// Takes it, and never answers.
    Hangs,
    /// Takes it, and answers after this time.
    Slow(Duration),
    /// Takes what the documentation takes, and refuses what it refuses. So does who is told nothing.
    Takes,
}

impl Gateways {
    pub fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let gateways = Self { address, inner: Arc::default() };
        let own = gateways.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let own = own.clone();
                thread::spawn(move || own.meet(&stream));
            }
        });
        gateways
    }

    /// A port at which nobody listens.
    pub fn closed() -> Self {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        Self { address, inner: Arc::default() }
    }

    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How the next request that is told nothing yet is met.
    pub fn plan(&self, play: Play) {
        self.lock().plays.push_back(play);
    }

    /// What was taken since this was last asked.
    pub fn taken(&self) -> Vec<Taken> {
        core::mem::take(&mut self.lock().taken)
    }

    /// The time of every code that a service made is over.
    pub fn end_codes(&self) {
        self.lock().questions.end();
    }

    /// Why requests were refused by the rules.
    pub fn refused(&self) -> Vec<String> {
        core::mem::take(&mut self.lock().refused)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    fn meet(&self, stream: &TcpStream) {
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let Some(asked) = read(stream) else {
            return turn_away(stream);
        };
        let play = self.lock().plays.pop_front().unwrap_or(Play::Takes);
        if let Play::Fails(status, body) = play {
            return answer(stream, status, body);
        }
        let answered = self.lock().questions.take(&asked);
        let (status, body) = match answered.unwrap_or_else(|| rules::take(&asked)) {
            Ok((status, body, taken)) => {
                self.lock().taken.push(taken);
                (status, body)
            }
            Err((status, body)) => {
                self.lock().refused.push(body.clone());
                return answer(stream, status, &body);
            }
        };
        match play {
            Play::Garbles => answer(stream, status, "<html>It wor"),
            Play::Hangs => thread::sleep(Duration::from_secs(5)),
            Play::Slow(time) => {
                thread::sleep(time);
                answer(stream, status, &body);
            }
            Play::Fails(..) | Play::Takes => answer(stream, status, &body),
        }
    }
}

/// A request, if it is one of a length that is said and fair.
fn read(stream: &TcpStream) -> Option<Asked> {
    let mut reader = BufReader::new(stream);
    let mut line = || {
        let mut line = String::new();
        (&mut reader).take(8192).read_line(&mut line).ok()?;
        line.ends_with("\r\n").then(|| line.trim_end().to_owned())
    };
    let first = line()?;
    let mut words = first.split(' ');
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let line = line()?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(": ")?;
        headers.push((name.to_ascii_lowercase(), value.to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length: usize = length.map_or(Some(0), |(_, value)| value.parse().ok())?;
    if length > 16 * 1024 {
        return None;
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Asked { method, path, headers, body: String::from_utf8(body).ok()? })
}

/// The answer to what was not read to its end. Who closes over bytes that wait unread resets the connection,
/// and the answer is lost with it (RFC 9112 §9.6): so the rest is let run out first.
fn turn_away(mut stream: &TcpStream) {
    answer(stream, 413, "{}");
    let _ = stream.shutdown(Shutdown::Write);
    let _ = io::copy(&mut stream, &mut io::sink());
}

fn answer(mut stream: &TcpStream, status: u16, body: &str) {
    let length = body.len();
    // Whoever has gone meanwhile needs no answer.
    let _ = write!(
        stream,
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\
         connection: close\r\n\r\n{body}"
    );
}
