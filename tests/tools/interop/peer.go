// pquerna/otp: checks the codes of standard input, or generates keys with their codes.
//
//	peer check < LINES
//	peer generate SEED COUNT
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math/rand"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"
)

type line struct {
	From    string `json:"from,omitempty"`
	URI     string `json:"uri"`
	Time    int64  `json:"time"`
	Code    string `json:"code"`
	Issuer  string `json:"issuer,omitempty"`
	Account string `json:"account,omitempty"`
}

var algorithms = []otp.Algorithm{otp.AlgorithmSHA1, otp.AlgorithmSHA256, otp.AlgorithmSHA512}

func must[T any](value T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, "pquerna/otp:", err)
		os.Exit(1)
	}
	return value
}

// The library reads the secret and the period of a URI; the rest is read here.
func code(uri string, at int64) string {
	key := must(otp.NewKeyFromURL(uri))
	query := must(url.Parse(uri)).Query()
	algorithm, digits := otp.AlgorithmSHA1, otp.DigitsSix
	for _, one := range algorithms {
		if query.Get("algorithm") == one.String() {
			algorithm = one
		}
	}
	if text := query.Get("digits"); text != "" {
		digits = otp.Digits(must(strconv.Atoi(text)))
	}
	if key.Type() == "hotp" {
		counter := must(strconv.ParseUint(query.Get("counter"), 10, 64))
		options := hotp.ValidateOpts{Digits: digits, Algorithm: algorithm}
		return must(hotp.GenerateCodeCustom(key.Secret(), counter, options))
	}
	options := totp.ValidateOpts{Period: uint(key.Period()), Digits: digits, Algorithm: algorithm}
	return must(totp.GenerateCodeCustom(key.Secret(), time.Unix(at, 0), options))
}

func check() {
	count := 0
	for input := bufio.NewScanner(os.Stdin); input.Scan(); count++ {
		var theirs line
		must(0, json.Unmarshal(input.Bytes(), &theirs))
		if ours := code(theirs.URI, theirs.Time); ours != theirs.Code {
			must(0, fmt.Errorf("%s is not %s: %s", ours, theirs.Code, theirs.URI))
		}
	}
	fmt.Printf("pquerna/otp: %d codes are equal\n", count)
}

func generate(seed int64, count int) {
	random := rand.New(rand.NewSource(seed))
	symbols := []rune("abcXYZ019 .-_@'!~,äßé€日本🔑")
	name := func() string {
		var text strings.Builder
		for left := 1 + random.Intn(20); left > 0; left-- {
			text.WriteRune(symbols[random.Intn(len(symbols))])
		}
		return "n" + text.String() + "n"
	}
	for ; count > 0; count-- {
		issuer, account, at := name(), name(), random.Int63n(7258118400)
		// A multiple of five: with other lengths, the URI of this version has padding.
		size := uint(20 + 5*random.Intn(9))
		key := must(totp.Generate(totp.GenerateOpts{
			Issuer: issuer, AccountName: account, SecretSize: size, Rand: random,
			Period: uint(15 + random.Intn(106)), Digits: otp.Digits(6 + random.Intn(3)),
			Algorithm: algorithms[random.Intn(3)],
		}))
		uri := key.URL()
		written := must(json.Marshal(line{"pquerna/otp", uri, at, code(uri, at), issuer, account}))
		fmt.Println(string(written))
	}
}

func main() {
	if os.Args[1] == "check" {
		check()
		return
	}
	generate(must(strconv.ParseInt(os.Args[2], 10, 64)), must(strconv.Atoi(os.Args[3])))
}
