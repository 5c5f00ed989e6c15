package deploy_test

import (
	"fmt"
	"regexp"
	"strconv"
	"testing"
)

// TestCost holds the guide's figures to the template: the memory that is billed, and sums
// that are sums.
func TestCost(t *testing.T) {
	guide := file(t, "README.md")
	template, err := parseYAML(file(t, "../template.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	memory := text(template, "Resources", "Topicgate", "Properties", "MemorySize")
	row := regexp.MustCompile(`\| Lambda, arm64, (\d+) MB \| 1 M requests × \$0\.20/M \+ 1 M × 0\.002 s × ([\d.]+) GB × \$([\d.]+)/GB-s \| ([\d.]+) \|`).FindStringSubmatch(guide)
	if row == nil {
		t.Fatal("the guide has no row for Lambda")
	}
	number := func(text string) float64 {
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	if row[1] != memory || number(row[2])*1024 != number(memory) {
		t.Errorf("the guide counts with %s MB and %s GB, and the template says %s MB", row[1], row[2], memory)
	}
	if want := fmt.Sprintf("%.2f", 0.2+1e6*0.002*number(row[2])*number(row[3])); row[4] != want {
		t.Errorf("Lambda costs %s, want %s", row[4], want)
	}
	for door, rest := range map[string]float64{"HTTP API": 1.25, "Function URL": 0.25} {
		sum := regexp.MustCompile(`\| \*\*behind the ` + door + `\*\* \| ` + row[4] + ` \+ [^|]*\| \*\*([\d.]+)\*\* \|`).FindStringSubmatch(guide)
		if want := fmt.Sprintf("%.2f", number(row[4])+rest); sum == nil || sum[1] != want {
			t.Errorf("behind the %s it costs %v, want %s", door, sum, want)
		}
	}
}
