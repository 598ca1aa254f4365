//! Whatever does not decrypt takes the same work, so that nobody who sends ciphertexts learns why one failed (THREATS section 2,
//! "oracle"): the same error, the same operations of the key, the same allocations, the same time.
//!
//! Allocations are those of Rust: what aws-lc allocates inside is not seen. Time is compared, never judged by itself: see [`Contest`].
//! The comparison is also made with neighbours that leak, and must tell them apart: so it is shown that it could fail.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use base64ct::{Base64UrlUnpadded, Encoding};
use hub_jose::jwe::{self, Jwe, PreparedJwe};
use hub_jose::{Opener, TokenError, TokenRule};
use hub_roles::{DecryptionKey, Enc1, EncryptionKey, KeyError, Pii, PrivateKey, RsaPublicKey, SoftwareKey};
use hub_testkit::Ecosystem;
use rustls_pki_types::UnixTime;
use zeroize::Zeroizing;

/// Ways to fail once the key is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Failure {
    /// The key does not decrypt it: the padding is wrong.
    Padding,
    /// It decrypts to a content encryption key of 16 octets.
    ShortKey,
    /// It decrypts to nothing at all.
    NoKey,
    /// It decrypts to a content encryption key of the right length, but another.
    OtherKey,
    /// All is right up to the authentication tag.
    Tag,
}

impl Failure {
    const ALL: [Self; 5] = [Self::Padding, Self::ShortKey, Self::NoKey, Self::OtherKey, Self::Tag];

    /// A JWE of `content` that fails this way.
    fn jwe(self, content: &[u8]) -> String {
        let sound = sound(content);
        let mut segments: Vec<_> = sound.split('.').map(str::to_owned).collect();
        let encrypted_key = |content_key: &[u8]| base64url(&ENC1.encrypt_oaep(content_key).unwrap());
        match self {
            // Less than the modulus, and no ciphertext of anything.
            Self::Padding => segments[1] = base64url(&[&[0], [7; 255].as_slice()].concat()),
            Self::ShortKey => segments[1] = encrypted_key(&[3; 16]),
            Self::NoKey => segments[1] = encrypted_key(&[]),
            Self::OtherKey => segments[1] = encrypted_key(&[3; 32]),
            Self::Tag => segments[4] = base64url(&[7; 16]),
        }
        segments.join(".")
    }
}

static ECO: LazyLock<Ecosystem> =
    LazyLock::new(|| Ecosystem::sandbox(UnixTime::since_unix_epoch(Duration::from_secs(1_780_000_000))).unwrap());
static ENC1: LazyLock<EncryptionKey<Enc1>> =
    LazyLock::new(|| ECO.holding::<Enc1>("bank").unwrap().encryption_key().unwrap());

fn software_key() -> SoftwareKey {
    SoftwareKey::from_pem(ECO.issued::<Enc1>("bank").unwrap().key_pem().unwrap().as_bytes()).unwrap()
}

fn sound(content: &[u8]) -> String {
    jwe::encrypt(&ENC1, None, content).unwrap()
}

fn base64url(octets: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(octets)
}

/// The key, and how often it was asked to decrypt.
#[derive(Debug)]
struct Counting {
    key: SoftwareKey,
    decryptions: AtomicUsize,
}

impl PrivateKey for Counting {
    fn public_key(&self) -> &RsaPublicKey {
        self.key.public_key()
    }

    fn decrypt_oaep(&self, ciphertext: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        self.decryptions.fetch_add(1, Ordering::Relaxed);
        self.key.decrypt_oaep(ciphertext)
    }
}

#[test]
fn every_failure_takes_one_decryption_and_the_same_allocations() {
    let counting = Arc::new(Counting { key: software_key(), decryptions: AtomicUsize::new(0) });
    let opener = Opener::<Pii>::new([DecryptionKey::bare(ENC1.kid().clone(), counting.clone())]);
    let content = [b'.'; 3000];
    // What is computed once is out of the way.
    assert_eq!(opener.decrypt(&sound(&content)).unwrap_err().code(), "token.segments");
    counting.decryptions.store(0, Ordering::Relaxed);

    let outcomes = Failure::ALL.map(|failure| {
        let jwe = failure.jwe(&content);
        let mut refused: Option<TokenError> = None;
        let allocated = allocation_counter::measure(|| refused = opener.decrypt(&jwe).err());
        assert_eq!(counting.decryptions.swap(0, Ordering::Relaxed), 1, "{failure:?}");
        (refused.unwrap(), allocated)
    });
    for (failure, outcome) in Failure::ALL.into_iter().zip(&outcomes) {
        assert_eq!(outcome.0.rule(), &TokenRule::Decryption, "{failure:?}");
        assert_eq!(outcome, &outcomes[0], "{failure:?}");
    }

    // The counter can tell: what has no decryption to do allocates less.
    let cut = sound(&content).replacen('.', "..", 1);
    let allocated = allocation_counter::measure(|| drop(black_box(opener.decrypt(&cut))));
    assert_ne!(allocated, outcomes[0].1);
}

type Decrypt = fn(PreparedJwe<Enc1>, &DecryptionKey<Enc1>) -> Result<Zeroizing<Vec<u8>>, TokenRule>;

/// What the library does.
fn ours(jwe: PreparedJwe<Enc1>, _: &DecryptionKey<Enc1>) -> Result<Zeroizing<Vec<u8>>, TokenRule> {
    jwe.decrypt()
}

/// A neighbour that stops where the padding is wrong: the oracle of Bleichenbacher and Manger.
fn stops_at_the_padding(jwe: PreparedJwe<Enc1>, key: &DecryptionKey<Enc1>) -> Result<Zeroizing<Vec<u8>>, TokenRule> {
    match key.decrypt_oaep(jwe.encrypted_key()) {
        Ok(content_key) => jwe.complete(Ok::<_, KeyError>(content_key)),
        Err(_) => Err(TokenRule::Decryption),
    }
}

/// A neighbour that stops where the content encryption key has another length than 32 octets.
fn stops_at_the_length(jwe: PreparedJwe<Enc1>, key: &DecryptionKey<Enc1>) -> Result<Zeroizing<Vec<u8>>, TokenRule> {
    match key.decrypt_oaep(jwe.encrypted_key()) {
        Ok(content_key) if content_key.len() != 32 => Err(TokenRule::Decryption),
        content_key => jwe.complete(content_key),
    }
}

#[test]
fn every_failure_takes_the_same_time() {
    assert_eq!(Contest::new(ours).told_apart(), []);
    assert_eq!(Contest::new(stops_at_the_padding).told_apart(), [Failure::Padding]);
    assert_eq!(Contest::new(stops_at_the_length).told_apart(), [Failure::ShortKey, Failure::NoKey]);
}

/// Ways to fail against each other, in rounds: in each, every way has one turn, in changing order, so that what slows the machine down
/// slows all of them.
///
/// What counts is each way's lower quartile over the rounds, since whatever gets in the way of a turn only ever adds to its time, relative
/// to that of [`Failure::Tag`]. A way is told apart if it is too fast in each of [`TRIALS`], or too slow in each: a leak always shows,
/// chance does not.
struct Contest {
    decrypt: Decrypt,
    key: DecryptionKey<Enc1>,
    jwes: [String; WAYS],
}

impl Contest {
    fn new(decrypt: Decrypt) -> Self {
        let content = vec![b'.'; CONTENT_OCTETS];
        Self {
            decrypt,
            key: DecryptionKey::bare(ENC1.kid().clone(), Arc::new(software_key())),
            jwes: Failure::ALL.map(|failure| failure.jwe(&content)),
        }
    }

    fn told_apart(&self) -> Vec<Failure> {
        let trials: Vec<_> = (0..TRIALS).map(|_| self.trial()).collect();
        println!("{:?}, relative to the last: {trials:.3?}", Failure::ALL);
        let too_fast = |way: usize| trials.iter().all(|ratios| ratios[way] < 1.0 - MARGIN);
        let too_slow = |way: usize| trials.iter().all(|ratios| ratios[way] > 1.0 + MARGIN);
        (0..WAYS).filter(|&way| too_fast(way) || too_slow(way)).map(|way| Failure::ALL[way]).collect()
    }

    /// Each way's time relative to that of the last.
    fn trial(&self) -> [f64; WAYS] {
        let mut times = [(); WAYS].map(|()| Vec::with_capacity(ROUNDS));
        for round in 0..ROUNDS {
            for turn in 0..WAYS {
                let way = (round + turn) % WAYS;
                times[way].push(self.time(&self.jwes[way]));
            }
        }
        let times = times.map(lower_quartile);
        times.map(|time| time.as_secs_f64() / times[WAYS - 1].as_secs_f64())
    }

    /// The time from the moment at which the key is asked.
    fn time(&self, jwe: &str) -> Duration {
        let jwe = Jwe::parse(jwe, jwe.len()).unwrap().prepare(std::slice::from_ref(&self.key)).unwrap();
        let start = Instant::now();
        let outcome = black_box((self.decrypt)(black_box(jwe), &self.key));
        let time = start.elapsed();
        assert_eq!(outcome.map(drop), Err(TokenRule::Decryption));
        time
    }
}

fn lower_quartile(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 4]
}

const WAYS: usize = Failure::ALL.len();
const ROUNDS: usize = 12;
const TRIALS: usize = 3;
/// How far a ratio may be off.
const MARGIN: f64 = 0.12;
/// As large as PII may be: decrypting and clearing it takes about a third of the time that RSA takes, and a leak saves that.
const CONTENT_OCTETS: usize = 256 << 10;
