# Everything that is done with this repository. `make` lists it.

ADDR    ?= $(or $(TOPICGATE_ADDR),127.0.0.1:9000)
# The newest heading of the changelog is the version, and says it nowhere else; what the
# clone is at comes behind it.
RELEASE := $(shell sed -n 's/^\#\# \([0-9][0-9.]*\).*/\1/p' deploy/CHANGELOG.md | head -n 1)
COMMIT  := $(shell git describe --always --dirty --exclude '*' 2>/dev/null)
VERSION ?= $(RELEASE)$(if $(COMMIT),-g$(COMMIT))

GO_BUILD := CGO_ENABLED=0 go build -trimpath -buildvcs=false
LDFLAGS  := -s -w -buildid= -X topicgate/pkg/app.version=$(VERSION)

LAMBDA_BUILD := $(GO_BUILD) -tags lambda.norpc -ldflags '$(LDFLAGS)'
SCF_BUILD    := $(GO_BUILD) -ldflags '$(LDFLAGS)'

# The folder that travels in the packages as policy/.
POLICY_DIR ?= deploy/policies/default

GOLANGCI_LINT := go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

# The race detector needs a C compiler.
CC_FOUND := $(shell command -v $$(go env CC) 2>/dev/null)
RACE     := $(if $(CC_FOUND),-race)
FUZZTIME ?= 60s

# Tests that need a redis-server are skipped where there is none; then they are listed.
SKIPPED := $(if $(shell command -v redis-server 2>/dev/null),,dist/skipped-tests)

.DEFAULT_GOAL := help
.PHONY: help version image run test soak build package check-policy build-Topicgate deploy-aws deploy-scf osls kubernetes ui lint fmt tidy cover fuzz bench benched clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

version: ## print the version of what would be built
	@echo '$(VERSION)'

image: ## build the container image topicgate:VERSION, POLICY_DIR included
	docker build -f deploy/container/Containerfile --build-arg VERSION='$(VERSION)' --build-arg POLICY_DIR='$(POLICY_DIR)' -t 'topicgate:$(VERSION)' .

# An address of all interfaces is nowhere to send to: the curl line asks this machine.
run: dist/topicgate ## serve on ADDR or TOPICGATE_ADDR (127.0.0.1:9000), after printing a curl line to try it with
	@[ -n "$$TOPICGATE_SDK_APP_IDS_FILE" ] || export TOPICGATE_SDK_APP_IDS="$${TOPICGATE_SDK_APP_IDS:-1400000000}"; \
	export TOPICGATE_ADDR='$(ADDR)'; \
	echo "Once it listens, paste this into another terminal:"; \
	dist/topicgate sign -url "http://$$(echo "$$TOPICGATE_ADDR" | sed -E 's/^(0\.0\.0\.0|\[::\])?:/127.0.0.1:/')/" && exec dist/topicgate serve

# Packages that run real servers against real deadlines want the machine for themselves,
# so they come alone. What the race detector is left out of, it would distort (counted
# allocations) or make ten times as long (all of Unicode).
ALONE    := ./pkg/bench ./pkg/gate/gatetest ./pkg/live ./pkg/quota ./pkg/relay ./pkg/ui
WITHOUT  := ./pkg/chat ./pkg/gate ./pkg/textfold
TOGETHER := $$(go list ./... | grep -vE '/pkg/(bench|gate/gatetest|live|quota|relay|ui)$$')

test: ## run every test, with the race detector where there is a C compiler
	$(if $(RACE),,@echo "no C compiler found: the tests run without the race detector")
	$(if $(SKIPPED),@mkdir -p dist && : >$(SKIPPED))
	go test -timeout 20m $(RACE) $(TOGETHER)
	$(if $(SKIPPED),QUOTATEST_SKIPPED='$(CURDIR)/$(SKIPPED)') go test -p 1 -timeout 20m $(RACE) $(ALONE)
	$(if $(RACE),go test $(WITHOUT))
	$(if $(SKIPPED),@echo "no redis-server found: skipped $$(sort -u $(SKIPPED) | tr '\n' ' ')")

soak: ## run the long tests, which would make make test too long
	go test -count=1 -run '^TestSoak' -v ./pkg/quota
	HISTORY_SOAK=1 go test -count=1 -run '^TestSoak(Replay|Report)$$' -v ./pkg/history
	AUDIT_SOAK=1 go test -count=1 -run '^TestSoakPlanted$$' -v ./pkg/audit
	GATETEST_SIEGE=1m go test -count=1 -run '^TestSiege$$' -v ./pkg/gate/gatetest

build: dist/topicgate ## build this machine's binaries into dist/
	$(LAMBDA_BUILD) -o dist/lambda/bootstrap ./functions/lambda
	$(SCF_BUILD) -o dist/scf/main ./functions/scf

.PHONY: dist/topicgate # go build knows best whether it is up to date
dist/topicgate:
	@$(GO_BUILD) -ldflags '$(LDFLAGS)' -o $@ ./functions/topicgate

package: check-policy ## write zips to deploy, POLICY_DIR (deploy/policies/default) included, into dist/
	GOOS=linux GOARCH=arm64 $(LAMBDA_BUILD) -o dist/package/lambda-arm64/bootstrap ./functions/lambda
	GOOS=linux GOARCH=amd64 $(LAMBDA_BUILD) -o dist/package/lambda-amd64/bootstrap ./functions/lambda
	GOOS=linux GOARCH=amd64 $(SCF_BUILD) -o dist/package/scf-amd64/main ./functions/scf
	go run ./deploy/package dist/package/lambda-arm64/bootstrap '$(POLICY_DIR)' dist/topicgate-lambda-arm64.zip
	go run ./deploy/package dist/package/lambda-amd64/bootstrap '$(POLICY_DIR)' dist/topicgate-lambda-amd64.zip
	go run ./deploy/package dist/package/scf-amd64/main '$(POLICY_DIR)' dist/topicgate-scf-amd64.zip

# What does not pass is not shipped: the policy, and the cases that say what it must
# decide. The variables of whoever packages have no say in it.
check-policy: dist/topicgate
	@set -e; cd '$(POLICY_DIR)'; \
	tool='$(CURDIR)/dist/topicgate'; variables=; \
	if [ -e policy.yaml ]; then \
	  variables=TOPICGATE_POLICY_FILE=policy.yaml; \
	  env -i TOPICGATE_SDK_APP_IDS=1400000000 TOPICGATE_TOKENS=checking $$variables "$$tool" check; \
	fi; \
	for cases in *.cases.yaml; do \
	  if [ -e "$$cases" ]; then env -i $$variables "$$tool" test "$$cases"; fi; \
	done

# `sam build` calls this for the function Topicgate of template.yaml.
build-Topicgate: check-policy
	GOOS=linux GOARCH=arm64 $(LAMBDA_BUILD) -o '$(ARTIFACTS_DIR)/bootstrap' ./functions/lambda
	go run ./deploy/package '$(ARTIFACTS_DIR)/bootstrap' '$(POLICY_DIR)'

# The variables that are set are what is deployed. STACK, TEMPLATE and PARAMETERS say more:
#   make deploy-aws PARAMETERS='FrontDoor=function-url AlarmEmail=you@example.com'
deploy-aws: dist/topicgate ## check, test, package, deploy with sam, and probe
	@VERSION='$(VERSION)' POLICY_DIR='$(POLICY_DIR)' go run ./deploy/release aws

deploy-scf: dist/topicgate ## check, test, package, deploy with scf, and probe
	@VERSION='$(VERSION)' POLICY_DIR='$(POLICY_DIR)' go run ./deploy/release scf

# The maintained fork of the Serverless Framework, for those who deploy with it; the
# tests package deploy/aws/serverless.yml with it. dist/ keeps it out of the repository.
OSLS := osls@4.3.1
osls: dist/osls/$(OSLS) ## install the pinned tool for deploy/aws/serverless.yml into dist/osls
dist/osls/$(OSLS):
	npm install --prefix dist/osls --no-save --no-audit --no-fund --loglevel=error $(OSLS)
	@touch $@

# Kubernetes' own schemas, as a validator: the tests hold deploy/kubernetes to it.
KUBERNETES := kubernetes-models@5.1.0
kubernetes: dist/kubernetes/$(KUBERNETES) ## install the validator for deploy/kubernetes into dist/kubernetes
dist/kubernetes/$(KUBERNETES):
	npm install --prefix dist/kubernetes --no-save --no-audit --no-fund --loglevel=error $(KUBERNETES)
	@touch $@

# The workbench's editor, from the packages that its lock file pins. What it makes is
# committed, so that a build needs no npm.
ui: ## make the workbench's editor anew (pkg/ui/assets/codemirror.js), with npm
	cd pkg/ui/editor && npm ci --loglevel=error && npm run --silent build

lint: ## run the linter
	$(GOLANGCI_LINT) run

fmt: ## format the code
	$(GOLANGCI_LINT) fmt

tidy: ## bring go.mod and go.sum up to date
	go mod tidy

cover: ## measure what the tests cover, into dist/cover.html
	@mkdir -p dist
	go test -coverpkg=./pkg/... -coverprofile=dist/cover.out ./...
	go tool cover -func=dist/cover.out | tail -n 1
	go tool cover -html=dist/cover.out -o dist/cover.html

fuzz: ## run each fuzz target for FUZZTIME (60s)
	@set -e; for package in $$(go list ./...); do \
	  for target in $$(go test -list '^Fuzz' $$package | grep '^Fuzz' || true); do \
	    echo "$$package $$target"; go test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) $$package; \
	  done; done

bench: ## measure against functions that decide nothing; the page is dist/bench.md
	@mkdir -p dist
	go run ./pkg/bench >dist/bench.new
	@mv dist/bench.new dist/bench.md
	@cat dist/bench.md

# What make bench measures, floors included, into the folder BENCHED.
benched:
	@$(LAMBDA_BUILD) -o '$(BENCHED)/' ./functions/lambda ./pkg/bench/floors/lambdatyped ./pkg/bench/floors/lambdabytes ./pkg/bench/floors/lambdaline
	@$(SCF_BUILD) -o '$(BENCHED)/' ./functions/scf ./functions/topicgate ./pkg/bench/floors/scftyped ./pkg/bench/floors/http

clean: ## remove what make wrote
	rm -rf dist
