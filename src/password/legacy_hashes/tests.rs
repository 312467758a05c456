//! Known answers, in every form, and what is refused.

mod any_text;

use super::*;

/// A current scheme that is none of the old ones, and reads everything else.
struct Plain;

impl PasswordHasher for Plain {
    fn hash(&self, password: &str, _: &[u8; 16]) -> Result<PasswordDigest, HashingFailed> {
        Ok(PasswordDigest::new(password))
    }

    fn verify(&self, password: &str, digest: &PasswordDigest) -> PasswordMatch {
        if digest.expose() == password { PasswordMatch::Yes } else { PasswordMatch::No }
    }

    fn import(&self, imported: &ImportedDigest) -> Option<PasswordDigest> {
        (imported.scheme() == "plain").then(|| PasswordDigest::new(imported.digest()))
    }
}

static HASHER: std::sync::LazyLock<LegacyHashes<Plain>> =
    std::sync::LazyLock::new(|| LegacyHashes::new(Plain));

fn import(scheme: &str, digest: &str) -> Option<PasswordDigest> {
    HASHER.import(&ImportedDigest::new(scheme, digest))
}

/// Every name that a digest of the old schemes may come under.
const SCHEMES: [&str; 6] = ["bcrypt", "scrypt", "pbkdf2", "pbkdf2-sha1", "pbkdf2-sha256", "pbkdf2-sha512"];

/// A digest that some source gives for a password is imported under its own names and no others, and verifies.
fn known(schemes: &[&str], password: &str, text: &str) {
    let imported = SCHEMES.map(|scheme| import(scheme, text));
    assert_eq!(imported, SCHEMES.map(|s| schemes.contains(&s).then(|| PasswordDigest::new(text))), "{text}");
    assert_eq!(imported, SCHEMES.map(|scheme| import(&scheme.to_uppercase(), text)), "{text}");
    let digest = PasswordDigest::new(text);
    assert_eq!(HASHER.verify(password, &digest), PasswordMatch::Outdated, "{text}");
    assert_eq!(HASHER.verify(&format!("x{password}"), &digest), PasswordMatch::NoAndOutdated, "{text}");
}

/// A digest that is not read is imported under no name, and matches not even the password that it was made of.
fn refused(password: &str, text: &str) {
    assert_eq!(SCHEMES.map(|scheme| import(scheme, text)), [const { None }; 6], "{text}");
    assert!(!HASHER.verify(password, &PasswordDigest::new(text)).is_match(), "{text}");
}

const PYTHON_BCRYPT: &str = "$2b$04$EGdrhbKUv8Oc9vGiXX0HQOxSg445d458Muh7DAHskb6QbtCvdxcie";

#[test]
fn bcrypt_verifies_what_others_made() {
    let longer_than_read = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789\
        chars after 72 are ignored";
    for (password, text) in [
        // crypt_blowfish, wrapper.c.
        ("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
        ("U*U*", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK"),
        ("U*U*U", "$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a"),
        ("", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy"),
        (longer_than_read, "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui"),
        // jBCrypt, TestBCrypt.java.
        ("a", "$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe"),
        ("abcdefghijklmnopqrstuvwxyz", "$2a$08$aTsUwsyowQuzRrDqFflhgekJ8d9/7Z3GV3UcgvzQW3J5zMyrTvlz."),
        // The `bcrypt` packages of Python and of Node.
        ("correctbatteryhorsestapler", PYTHON_BCRYPT),
        ("correctbatteryhorsestapler", "$2a$04$n4Uy0eSnMfvnESYL.bLwuuj0U/ETSsoTpRT9GVk5bektyVVa5xnIi"),
        // The PHP manual, `password_verify`.
        ("rasmuslerdorf", "$2y$07$BCryptRequires22Chrcte/VlQH0piJtjXl.0t1XkA8pw9dMXTpOq"),
    ] {
        known(&["bcrypt"], password, text);
    }
}

#[test]
fn bcrypt_reads_72_bytes_and_no_password_with_a_nul() {
    let digest = PasswordDigest::new("$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui");
    let read = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    assert_eq!(read.len(), 72);
    for password in [read, &format!("{read}x"), &format!("{read}{}", "\u{e9}".repeat(500))] {
        assert_eq!(HASHER.verify(password, &digest), PasswordMatch::Outdated);
    }
    let ((start, _), (_, end)) = (read.split_at(71), read.split_at(1));
    for password in [start, end, &format!("{start}\u{e9}"), &format!("{read}\0")] {
        assert_eq!(HASHER.verify(password, &digest), PasswordMatch::NoAndOutdated);
    }
    let digest = PasswordDigest::new(PYTHON_BCRYPT);
    let (password, repeated) =
        ("correctbatteryhorsestapler", "correctbatteryhorsestapler\0correctbatteryhorsestapler");
    let key = [repeated.as_bytes(), &[0]].concat();
    let Some(LegacyDigest::Bcrypt(read)) = LegacyDigest::read(PYTHON_BCRYPT) else { panic!("it is bcrypt") };
    assert_eq!(::bcrypt::bcrypt(read.cost, read.salt, &key)[..23], read.hash, "the same to bcrypt");
    assert_eq!(HASHER.verify(password, &digest), PasswordMatch::Outdated);
    assert_eq!(HASHER.verify(repeated, &digest), PasswordMatch::NoAndOutdated);
    assert_eq!(HASHER.verify(&format!("{password}\0"), &digest), PasswordMatch::NoAndOutdated);
}

#[test]
fn bcrypt_is_refused_unless_it_is_whole_and_affordable() {
    let rest = "$EGdrhbKUv8Oc9vGiXX0HQOxSg445d458Muh7DAHskb6QbtCvdxcie";
    let password = "correctbatteryhorsestapler";
    for start in
        ["$2$04", "$2x$04", "$2c$04", "$2B$04", "$2b", "2b$04", "$$04", "$2b$04$", " $2b$04", "$2b$04$x"]
    {
        refused(password, &format!("{start}{rest}"));
    }
    for cost in ["00", "03", "17", "31", "32", "99", "4", "+4", "-4", "004", "", "0x", "\u{664}4"] {
        refused(password, &format!("$2b${cost}{rest}"));
    }
    for cost in ["04", "16"] {
        assert!(import("bcrypt", &format!("$2b${cost}{rest}")).is_some(), "{cost}");
    }
    for end in ["e", "=", "$", "$e", "\n", " ", "\0"] {
        refused(password, &format!("{PYTHON_BCRYPT}{end}"));
    }
    // Bits that stand for nothing, of the salt and of the hash.
    refused(password, &PYTHON_BCRYPT.replace("QOx", "QPx"));
    refused(password, &PYTHON_BCRYPT.replace("cie", "cif"));
}

#[test]
fn scrypt_verifies_what_others_made() {
    for (password, text) in [
        // RFC 7914, section 12. Where `crypt(3)` writes it, the hash has 32 bytes, and where PHC does, the salt at least 8.
        ("password", "$7$86....E....NaCl$xffjQo7Bm/.SKRS4B2EuynbOLjAmXU5AbDbRXhoBl64"),
        ("pleaseletmein", "$7$C6..../....SodiumChloride$kBGj9fHznVYFQMEn/qDCfrDevf9YDtcDdKvEqHJLV8D"),
        (
            "pleaseletmein",
            "$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofLVQylVYT8Pz2LUlwUk\
             Kpr55h6F3A1lHkDfzwF7RVdYhw",
        ),
        // The documentation of Passlib.
        (
            "password",
            "$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E",
        ),
        // `mkpasswd --method=scrypt`, of libxcrypt.
        ("pleaseletmein", "$7$CU..../....Mq4YHD2syxYT.MsH1Ek0n1$JyHIxez0DOwm0r6.kAIohc8UFBOLU4xX8a1wGBpLrw7"),
    ] {
        known(&["scrypt"], password, text);
    }
}

#[test]
fn scrypt_is_refused_unless_it_is_whole() {
    let rest = "$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofI";
    known(&["scrypt"], "pleaseletmein", &format!("$scrypt$ln=14,r=8,p=1{rest}"));
    for start in [
        "$scrypt",
        "$scrypt$",
        "$scrypt$ln=14,r=8",
        "$scrypt$r=8,p=1",
        "$scrypt$ln=14,r=8,p=1,x=1",
        "$scrypt$ln=14,r=8,p=1,p=1",
        "$scrypt$ln=14,ln=14,r=8,p=1",
        "$scrypt$ln=014,r=8,p=1",
        "$scrypt$ln=+14,r=8,p=1",
        "$scrypt$ln=14,r=8,p=",
        "$scrypt$ln=14,r=8,p",
        "$scrypt$n=14,r=8,p=1",
        "$scrypt$v=1$ln=14,r=8,p=1",
        "$scrypt$ln=14,r=8,p=1$",
        "$scrypt2$ln=14,r=8,p=1",
        "$SCRYPT$ln=14,r=8,p=1",
        "$7$ln=14,r=8,p=1",
    ] {
        refused("pleaseletmein", &format!("{start}{rest}"));
    }
    for rest in
        ["", "$", "$$", "$U29kaXVtQ2hsb3JpZGU", "$U29kaXVtQ2hsb3JpZGU$", "$U29k$cCO9yzr9c0hGHAbNgf046w"]
    {
        refused("pleaseletmein", &format!("$scrypt$ln=14,r=8,p=1{rest}"));
    }
    let hash = "$kBGj9fHznVYFQMEn/qDCfrDevf9YDtcDdKvEqHJLV8D";
    for start in [
        "$7$C6..../...",
        "$7$C6..../....",
        "$7",
        "$7$",
        "$8$C6..../....SodiumChloride",
        "$7$C6..../....SodiumChloride$",
        "$7$-6..../....SodiumChloride",
        "$7$C6+.../....SodiumChloride",
        &format!("$7$C6..../....{}", "a".repeat(65)),
    ] {
        refused("pleaseletmein", &format!("{start}{hash}"));
    }
    for hash in [
        "",
        "$",
        "$kBGj9fHznVYFQMEn/qDCfrDevf9YDtcDdKvEqHJLV8",
        "$kBGj9fHznVYFQMEn/qDCfrDevf9YDtcDdKvEqHJLV8D.",
    ] {
        refused("pleaseletmein", &format!("$7$C6..../....SodiumChloride{hash}"));
    }
}

#[test]
fn scrypt_is_refused_beyond_its_bounds() {
    let imported = |ln: u64, r: u64, p: u64| {
        let phc = format!("$scrypt$ln={ln},r={r},p={p}$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046w");
        import("scrypt", &phc).is_some()
    };
    // 256 MiB of memory, 1 GiB of memory times `p`, 1 MiB in `p` blocks.
    assert!(imported(18, 8, 1) && imported(18, 8, 4) && imported(16, 32, 2) && imported(8, 8, 1024));
    assert!(!imported(19, 8, 1) && !imported(18, 9, 1) && !imported(18, 8, 5) && !imported(1, 8, 1025));
    assert!(!imported(0, 8, 1) && !imported(14, 0, 1) && !imported(14, 8, 0));
    let huge = [63, 64, 255, 256, 1 << 20, (1 << 30) - 1, u64::from(u32::MAX), 1 << 32, u64::MAX];
    for ln in huge.into_iter().chain([1, 14]) {
        for r in huge.into_iter().chain([8]) {
            for p in huge.into_iter().chain([1]).filter(|p| ln > 14 || *p > 1 << 20) {
                assert!(!imported(ln, r, p), "{ln} {r} {p}");
            }
        }
    }
    let hash = "$kBGj9fHznVYFQMEn/qDCfrDevf9YDtcDdKvEqHJLV8D";
    for costs in [
        "H6..../....",
        "z6..../....",
        "CzzzzzTzzzz",
        "/zzzzzzzzzz",
        "/...E....E.",
        ".6..../....",
        "C...../....",
        "C6.........",
    ] {
        refused("pleaseletmein", &format!("$7${costs}SodiumChloride{hash}"));
    }
}

/// RFC 6070, the fifth; RFC 7914 has none with a salt that PHC could hold.
const LONG_PASSWORD: &str = "passwordPASSWORDpassword";
const LONG_SALT: &str = "c2FsdFNBTFRzYWx0U0FMVHNhbHRTQUxUc2FsdFNBTFRzYWx0";

#[test]
fn pbkdf2_verifies_what_others_made() {
    let (sha1, sha256, sha512) =
        (["pbkdf2", "pbkdf2-sha1"], ["pbkdf2", "pbkdf2-sha256"], ["pbkdf2", "pbkdf2-sha512"]);
    for (schemes, password, text) in [
        // RFC 6070.
        (sha1, "password", "$pbkdf2$1$c2FsdA$DGDID5YfDnHzqbUkr2ASBi/gN6Y"),
        (sha1, "password", "$pbkdf2$2$c2FsdA$6mwBTcctb4zNHtkqzh1B8NjeiVc"),
        (sha1, "password", "$pbkdf2$4096$c2FsdA$SwB5AbdlSJq.rUnZJvch0GWkKcE"),
        (sha1, LONG_PASSWORD, &format!("$pbkdf2$4096${LONG_SALT}$PS7sT.QchJuAyNg2YsDkSospGpZM8vBwOA")),
        (
            sha1,
            LONG_PASSWORD,
            &format!("$pbkdf2-sha1$i=4096,l=25${LONG_SALT}$PS7sT+QchJuAyNg2YsDkSospGpZM8vBwOA"),
        ),
        (sha1, LONG_PASSWORD, &format!("$pbkdf2-sha1$i=4096${LONG_SALT}$PS7sT+QchJuAyNg2YsDkSospGpZM8vBwOA")),
        (sha1, "pass\0word", "$pbkdf2$4096$c2EAbHQ$Vvpqp1VICZ3MN9fwNCXgww"),
        // RFC 7914, section 11.
        (
            sha256,
            "passwd",
            "$pbkdf2-sha256$1$c2FsdA$VawEblbjCJ/sFpHCJUS2BflBhSFt3gRl5oudV8INrLxJypzM8Xm2RZkWZLOdd.8xfHG4RbHjC9UJESBB\
             06GXgw",
        ),
        (
            sha256,
            "Password",
            "$pbkdf2-sha256$80000$TmFDbA$TdzY9guYviGDDO5e8icB.WQaRBjQTAQUrv8Ih2s0q1ah1CWhIlgzVJrbhBtRybMXaicr3ruh0HhH\
             j2Kzl/M8jQ",
        ),
        // The documentation of Passlib, and the same written as PHC.
        (
            sha256,
            "password",
            "$pbkdf2-sha256$6400$0ZrzXitFSGltTQnBWOsdAw$Y11AchqV4b0sUisdZd0Xr97KWoymNE0LNNrnEgY4H9M",
        ),
        (
            sha256,
            "password",
            "$pbkdf2-sha256$8000$XAuBMIYQQogxRg$tRRlz8hYn63B9LYiCd6PRo6FMiunY9ozmMMI3srxeRE",
        ),
        (
            sha256,
            "toomanysecrets",
            "$pbkdf2-sha256$29000$N2YMIWQsBWBMae09x1jrPQ$1t8iyB2A.WF/Z5JZv.lfCIhXXN33N23OSgQYThBYRfk",
        ),
        (
            sha256,
            "toomanysecrets",
            "$pbkdf2-sha256$i=29000,l=32$N2YMIWQsBWBMae09x1jrPQ$1t8iyB2A+WF/Z5JZv+lfCIhXXN33N23OSgQYThBYRfk",
        ),
        // The tests of Passlib's port to Go.
        (
            sha512,
            "abcdefghijklmnop",
            "$pbkdf2-sha512$25000$O4fwPmdMyRmDUIrx/h9jTA$Xlp267ZwEbG4aOpN3Bve/ATo3rFA7WH8iMdS16Xbe9rc6P5welk1yiXEMPy7\
             .BFp0qsncipHumaW1trCWVvq/A",
        ),
        (
            sha512,
            "abcdefghijklmnop",
            "$pbkdf2-sha512$i=25000,l=64$O4fwPmdMyRmDUIrx/h9jTA$Xlp267ZwEbG4aOpN3Bve/ATo3rFA7WH8iMdS16Xbe9rc6P5welk1y\
             iXEMPy7+BFp0qsncipHumaW1trCWVvq/A",
        ),
        // The example hashes of hashcat.
        (sha1, "hashcat", "$pbkdf2$131000$r5WythYixPgfQ2jt3buXcg$8Kdr.QQEOaZIXNOrrru36I/.6Po"),
    ] {
        known(&schemes, password, text);
    }
}

#[test]
fn pbkdf2_is_refused_unless_it_is_whole_and_affordable() {
    let (plus, dot) = ("PS7sT+QchJuAyNg2YsDkSospGpZM8vBwOA", "PS7sT.QchJuAyNg2YsDkSospGpZM8vBwOA");
    for (start, hash) in [
        ("$pbkdf2$i=4096,l=25", plus),
        ("$pbkdf2-sha224$i=4096,l=25", plus),
        ("$pbkdf2-sha1", plus),
        ("$pbkdf2-sha1$", plus),
        ("$pbkdf2-sha1$l=25", plus),
        ("$pbkdf2-sha1$i=4096,l=24", plus),
        ("$pbkdf2-sha1$i=4096,l=4294967321", plus),
        ("$pbkdf2-sha1$i=4096,i=4096", plus),
        ("$pbkdf2-sha1$i=4096,l=25,x=1", plus),
        ("$pbkdf2-sha1$i=04096", plus),
        ("$pbkdf2-sha1$i=0", plus),
        ("$pbkdf2-sha1$i=4294967296", plus),
        ("$pbkdf2-sha1$v=1$i=4096", plus),
        ("$pbkdf2-sha1$i=4096", dot),
        ("$pbkdf2-sha1$4096", dot),
        ("$pbkdf2$4096", plus),
        ("$pbkdf2$4096$", dot),
        ("$pbkdf2$04096", dot),
        ("$pbkdf2$+4096", dot),
        ("$pbkdf2$-4096", dot),
        ("$pbkdf2$1000.", dot),
        ("$pbkdf2$0", dot),
        ("$pbkdf2$4294967296", dot),
        ("$pbkdf2", dot),
        ("$pbkdf2_sha1$4096", dot),
    ] {
        refused(LONG_PASSWORD, &format!("{start}${LONG_SALT}${hash}"));
    }
    for hash in ["", "A", "PS7s", "PS7sT.QchJuA", &format!("{dot}="), &format!("{dot}$"), &"A".repeat(87)] {
        refused(LONG_PASSWORD, &format!("$pbkdf2$4096${LONG_SALT}${hash}"));
    }
    for salt in ["", "A", "c2FsdB", &"A".repeat(88)] {
        refused(LONG_PASSWORD, &format!("$pbkdf2$4096${salt}${dot}"));
    }
    // RFC 6070 asks for more than is affordable once, too.
    refused("password", "$pbkdf2$16777216$c2FsdA$7v5hzU1O5KGLoOlbds4mNOlltYQ");
    // Two blocks of SHA-1.
    let imported = |iterations: u32| {
        import("pbkdf2", &format!("$pbkdf2-sha1$i={iterations}${LONG_SALT}${plus}")).is_some()
    };
    assert!(imported(1) && imported(5_000_000) && !imported(5_000_001));
    let imported = |iterations: u32| {
        import("pbkdf2", &format!("$pbkdf2-sha256$i={iterations}${LONG_SALT}${plus}")).is_some()
    };
    assert!(imported(10_000_000) && !imported(10_000_001) && !imported(u32::MAX));
}

#[test]
fn a_digest_is_imported_under_its_own_name() {
    for scheme in ["", "bcrypt ", "bcrypt2", "argon2id", "2b", "plain-text", "b\u{441}rypt"] {
        assert_eq!(import(scheme, PYTHON_BCRYPT), None, "{scheme}");
    }
    let sha256 = "$pbkdf2-sha256$8000$XAuBMIYQQogxRg$tRRlz8hYn63B9LYiCd6PRo6FMiunY9ozmMMI3srxeRE";
    for scheme in ["pbkdf2-sha1", "pbkdf2-sha512", "pbkdf2-", "scrypt", "sha256"] {
        assert_eq!(import(scheme, sha256), None, "{scheme}");
    }
    let imported = ImportedDigest::new("bcrypt", PYTHON_BCRYPT);
    assert_eq!(format!("{imported:?}"), "ImportedDigest { scheme: \"bcrypt\", digest: [secret] }");
}

#[test]
fn everything_else_is_the_inner_hasher_s() {
    assert_eq!(HASHER.hash("Zk7vQw9pLm", &[7; 16]), Ok(PasswordDigest::new("Zk7vQw9pLm")));
    assert_eq!(HASHER.verify("Zk7vQw9pLm", &PasswordDigest::new("Zk7vQw9pLm")), PasswordMatch::Yes);
    assert_eq!(HASHER.verify("Zk7vQw9pLm", &PasswordDigest::new("Zk7vQw9pLn")), PasswordMatch::No);
    assert_eq!(import("plain", "anything"), Some(PasswordDigest::new("anything")));
    assert_eq!(import("Plain", "anything"), None);
}

#[test]
fn v2_a_digest_that_the_inner_hasher_reads_is_not_outdated_here() {
    /// A house whose current scheme is one of the old ones.
    struct StillBcrypt;
    impl PasswordHasher for StillBcrypt {
        fn hash(&self, _: &str, _: &[u8; 16]) -> Result<PasswordDigest, HashingFailed> {
            Err(HashingFailed)
        }
        fn verify(&self, password: &str, digest: &PasswordDigest) -> PasswordMatch {
            let is_match = LegacyDigest::read(digest.expose()).is_some_and(|read| read.matches(password));
            if is_match { PasswordMatch::Yes } else { PasswordMatch::No }
        }
        fn import(&self, imported: &ImportedDigest) -> Option<PasswordDigest> {
            (imported.scheme() == "bcrypt").then(|| PasswordDigest::new(imported.digest()))
        }
    }
    let (hasher, digest) = (LegacyHashes::new(StillBcrypt), PasswordDigest::new(PYTHON_BCRYPT));
    assert_eq!(hasher.verify("correctbatteryhorsestapler", &digest), PasswordMatch::Yes);
    assert_eq!(hasher.verify("another", &digest), PasswordMatch::No);
    let digest = PasswordDigest::new("$pbkdf2$1$c2FsdA$DGDID5YfDnHzqbUkr2ASBi/gN6Y");
    assert_eq!(hasher.verify("password", &digest), PasswordMatch::Outdated);
}
