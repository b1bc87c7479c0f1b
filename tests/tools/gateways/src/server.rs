//! The server of the gateways, with one request a connection.

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

/// All gateways, on one port of this machine. Clones share the server.
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

/// How a gateway handles one request.
#[derive(Clone, Copy, Debug)]
pub enum Play {
    /// Refuses every request.
    Fails(u16, &'static str),
    /// Accepts the request, and returns a malformed response.
    Garbles,
    /// Accepts the request, and never responds.
    Hangs,
    /// Accepts the request, and responds after this time.
    Slow(Duration),
    /// Accepts and refuses requests as documented. This is the default.
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

    /// Returns a port without a listener.
    pub fn closed() -> Self {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        Self { address, inner: Arc::default() }
    }

    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Plans how a later request is handled. Plans are used in order, one a request.
    pub fn plan(&self, play: Play) {
        self.lock().plays.push_back(play);
    }

    /// Takes the requests that were accepted since the last call.
    pub fn taken(&self) -> Vec<Taken> {
        core::mem::take(&mut self.lock().taken)
    }

    /// Expires every provider-managed code.
    pub fn end_codes(&self) {
        self.lock().questions.end();
    }

    /// Takes the reasons of refusals by the rules.
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

/// Reads a request. Returns `None` if it is malformed or too long.
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

/// Refuses a request that was not read to its end. Closing a connection with unread bytes resets it
/// and loses the response (RFC 9112 §9.6), so the rest is read first.
fn turn_away(mut stream: &TcpStream) {
    answer(stream, 413, "{}");
    let _ = stream.shutdown(Shutdown::Write);
    let _ = io::copy(&mut stream, &mut io::sink());
}

fn answer(mut stream: &TcpStream, status: u16, body: &str) {
    let length = body.len();
    // A client that disconnected needs no response.
    let _ = write!(
        stream,
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\
         connection: close\r\n\r\n{body}"
    );
}
