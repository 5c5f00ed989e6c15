package textfoldtest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"path"
	"slices"
	"strings"
)

// readPresets reads what mappers call places: "Driving School", "滑雪场".
func readPresets(file string, content []byte, add func(language, name string)) error {
	code := strings.TrimSuffix(path.Base(file), ".min.json")
	language, ok := languages[code]
	if !ok {
		return nil
	}
	var all map[string]struct {
		Presets struct {
			Presets, Categories map[string]struct{ Name string }
		}
	}
	if err := json.Unmarshal(content, &all); err != nil {
		return err
	}
	for _, p := range all[code].Presets.Presets {
		add(language, p.Name)
	}
	for _, c := range all[code].Presets.Categories {
		add(language, c.Name)
	}
	return nil
}

// readCompanies reads shops, operators, transit networks and their branches.
func readCompanies(_ string, content []byte, add func(language, name string)) error {
	var all struct {
		NSI map[string]struct {
			Items []struct {
				DisplayName string            `json:"displayName"`
				Tags        map[string]string `json:"tags"`
				LocationSet struct {
					Include []any `json:"include"`
				} `json:"locationSet"`
			} `json:"items"`
		} `json:"nsi"`
	}
	if err := json.Unmarshal(content, &all); err != nil {
		return err
	}
	for _, kind := range all.NSI {
		for _, item := range kind.Items {
			country := ""
			if len(item.LocationSet.Include) > 0 {
				country, _ = item.LocationSet.Include[0].(string)
				country = country[:min(2, len(country))]
			}
			add(languageOf(item.DisplayName, country), item.DisplayName)
			for key, name := range item.Tags {
				if code, ok := strings.CutPrefix(key, "name:"); ok && languages[code] != "" {
					add(languages[code], name)
				}
			}
		}
	}
	return nil
}

func readCities(_ string, content []byte, add func(language, name string)) error {
	var cities []struct{ Name, Country string }
	if err := json.Unmarshal(content, &cities); err != nil {
		return err
	}
	for _, c := range cities {
		add(languageOf(c.Name, strings.ToLower(c.Country)), c.Name)
	}
	return nil
}

// readAnnotations reads what emoji and signs are called: "grinning face".
func readAnnotations(file string, content []byte, add func(language, name string)) error {
	language, ok := languages[path.Base(path.Dir(file))]
	if !ok {
		return nil
	}
	var all struct {
		Annotations struct {
			Annotations map[string]struct {
				TTS     []string `json:"tts"`
				Default []string `json:"default"`
			} `json:"annotations"`
		} `json:"annotations"`
	}
	if err := json.Unmarshal(content, &all); err != nil {
		return err
	}
	for _, a := range all.Annotations.Annotations {
		for _, name := range slices.Concat(a.TTS, a.Default) {
			add(language, name)
		}
	}
	return nil
}

func readLocaleNames(file string, content []byte, add func(language, name string)) error {
	code := path.Base(path.Dir(file))
	language, ok := languages[code]
	if !ok {
		return nil
	}
	var all struct {
		Main map[string]struct {
			Names map[string]map[string]string `json:"localeDisplayNames"`
		} `json:"main"`
	}
	if err := json.Unmarshal(content, &all); err != nil {
		return err
	}
	for _, names := range all.Main[code].Names {
		for _, name := range names {
			add(language, name)
		}
	}
	return nil
}

// readLessons reads the titles and sentences of lessons for children, and of the
// editor around them.
func readLessons(_ string, content []byte, add func(language, name string)) error {
	var all map[string]map[string]string
	if err := json.Unmarshal(module(content), &all); err != nil {
		return err
	}
	for code, messages := range all {
		if language, ok := languages[code]; ok {
			for _, message := range messages {
				add(language, message)
			}
		}
	}
	return nil
}

// module is the JSON that an ECMAScript module exports by default.
func module(content []byte) []byte {
	_, content, _ = bytes.Cut(content, []byte("export default"))
	return bytes.TrimRight(content, "; \n")
}

// readFaker reads people, streets, books, songs, dishes and companies: all texts of
// several words, and of one where words are not spaced.
func readFaker(file string, content []byte, add func(language, name string)) error {
	code, _, _ := strings.Cut(path.Base(file), "-")
	language, ok := languages[code]
	if !ok {
		return nil
	}
	spaced := language != "zh" && language != "zh-Hant" && language != "ja" && language != "th"
	for _, match := range text.FindAllSubmatch(content, -1) {
		name := string(match[1])
		if strings.ContainsAny(name, "#/=;:@") || spaced && !strings.Contains(name, " ") {
			continue
		}
		add(language, name)
	}
	return nil
}

func readMonsters(file string, content []byte, add func(language, name string)) error {
	language, ok := languages[strings.TrimSuffix(path.Base(file), ".json")]
	if !ok {
		return nil
	}
	var names []string
	if err := json.Unmarshal(content, &names); err != nil {
		return err
	}
	for _, name := range names {
		add(language, name)
	}
	return nil
}

func readBrands(_ string, content []byte, add func(language, name string)) error {
	var brands []struct {
		Title   string
		Aliases struct {
			AKA []string          `json:"aka"`
			Loc map[string]string `json:"loc"`
		}
	}
	if err := json.Unmarshal(content, &brands); err != nil {
		return err
	}
	for _, b := range brands {
		add("en", b.Title)
		for _, name := range b.Aliases.AKA {
			add("en", name)
		}
		for code, name := range b.Aliases.Loc {
			if language, ok := languages[code]; ok {
				add(language, name)
			}
		}
	}
	return nil
}

// readWordNet reads the terms of the English lexicon, most of which have several
// words.
func readWordNet(_ string, content []byte, add func(language, name string)) error {
	lines := bufio.NewScanner(bytes.NewReader(content))
	for lines.Scan() {
		line := lines.Text()
		if term, _, _ := strings.Cut(line, " "); term != "" {
			add("en", strings.ReplaceAll(term, "_", " "))
		}
	}
	return lines.Err()
}

// readChineseDictionary reads words, phrases and proverbs, by their keys.
func readChineseDictionary(file string, content []byte, add func(language, name string)) error {
	language := "zh"
	if strings.Contains(file, "traditional") {
		language = "zh-Hant"
	}
	var entries map[string]json.RawMessage
	if err := json.Unmarshal(module(content), &entries); err != nil {
		return err
	}
	for word := range entries {
		add(language, word)
	}
	return nil
}

// readChineseWords reads words, names and phrases: one with its frequency a line.
func readChineseWords(_ string, content []byte, add func(language, name string)) error {
	lines := bufio.NewScanner(bytes.NewReader(content))
	for lines.Scan() {
		word, _, _ := strings.Cut(lines.Text(), " ")
		add("zh", word)
	}
	return lines.Err()
}
