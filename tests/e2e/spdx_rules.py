"""What the SPDX specification 2.3 asks of a document in JSON: fields that must be there, what may stand in them, and
that every id which is named is one of an element. Written from the specification, clauses 6, 7, 10, 11 and annexes B
and D; no package of Debian or npm carries the official schema. `problems` names each breach.
"""
import json
import re

ID = re.compile(r"SPDXRef-[A-Za-z0-9.\-]+")
REFERENCE = re.compile(r"(DocumentRef-[A-Za-z0-9.\-]+:)?LicenseRef-[A-Za-z0-9.\-]+")
DATE = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ")
CREATOR = re.compile(r"Tool: \S.*|(Person|Organization): \S.*")
LOCATION = re.compile(r"NONE|NOASSERTION|(https?|git|git\+\w+|ssh|svn|hg|ftp)://\S+")
FIELDS = {  # name: (must be there, what may stand in it)
    "document": {"SPDXID": (True, str), "spdxVersion": (True, str), "dataLicense": (True, str), "name": (True, str),
                 "documentNamespace": (True, str), "creationInfo": (True, dict), "packages": (False, list),
                 "files": (False, list), "snippets": (False, list), "relationships": (False, list),
                 "comment": (False, str), "annotations": (False, list), "documentDescribes": (False, list),
                 "externalDocumentRefs": (False, list), "hasExtractedLicensingInfos": (False, list)},
    "creationInfo": {"created": (True, str), "creators": (True, list), "comment": (False, str),
                     "licenseListVersion": (False, str)},
    "package": {"SPDXID": (True, str), "name": (True, str), "downloadLocation": (True, str),
                "versionInfo": (False, str), "packageFileName": (False, str), "supplier": (False, str),
                "originator": (False, str), "filesAnalyzed": (False, bool), "packageVerificationCode": (False, dict),
                "checksums": (False, list), "homepage": (False, str), "sourceInfo": (False, str),
                "licenseConcluded": (False, str), "licenseInfoFromFiles": (False, list),
                "licenseDeclared": (False, str), "licenseComments": (False, str), "copyrightText": (False, str),
                "summary": (False, str), "description": (False, str), "comment": (False, str),
                "externalRefs": (False, list), "attributionTexts": (False, list), "annotations": (False, list),
                "primaryPackagePurpose": (False, str), "releaseDate": (False, str), "builtDate": (False, str),
                "validUntilDate": (False, str), "hasFiles": (False, list)},
    "externalRef": {"referenceCategory": (True, str), "referenceType": (True, str), "referenceLocator": (True, str),
                    "comment": (False, str)},
    "relationship": {"spdxElementId": (True, str), "relationshipType": (True, str), "relatedSpdxElement": (True, str),
                     "comment": (False, str)},
}
RELATIONSHIPS = set("""DESCRIBES DESCRIBED_BY CONTAINS CONTAINED_BY DEPENDS_ON DEPENDENCY_OF DEPENDENCY_MANIFEST_OF
    BUILD_DEPENDENCY_OF DEV_DEPENDENCY_OF OPTIONAL_DEPENDENCY_OF PROVIDED_DEPENDENCY_OF TEST_DEPENDENCY_OF
    RUNTIME_DEPENDENCY_OF EXAMPLE_OF GENERATES GENERATED_FROM ANCESTOR_OF DESCENDANT_OF VARIANT_OF
    DISTRIBUTION_ARTIFACT PATCH_FOR PATCH_APPLIED COPY_OF FILE_ADDED FILE_DELETED FILE_MODIFIED EXPANDED_FROM_ARCHIVE
    DYNAMIC_LINK STATIC_LINK DATA_FILE_OF TEST_CASE_OF BUILD_TOOL_OF DEV_TOOL_OF TEST_OF TEST_TOOL_OF DOCUMENTATION_OF
    OPTIONAL_COMPONENT_OF METAFILE_OF PACKAGE_OF AMENDS PREREQUISITE_FOR HAS_PREREQUISITE REQUIREMENT_DESCRIPTION_FOR
    SPECIFICATION_FOR OTHER""".split())
CATEGORIES = {"SECURITY", "PACKAGE-MANAGER", "PACKAGE_MANAGER", "PERSISTENT-ID", "PERSISTENT_ID", "OTHER"}


def fields(kind, place, value, found):
    if not isinstance(value, dict):
        found.append(f"{place} is no object")
        return {}
    for name, (needed, type_) in FIELDS[kind].items():
        if name not in value:
            if needed:
                found.append(f"{place} has no {name}")
        elif not isinstance(value[name], type_):
            found.append(f"{place}.{name} is no {type_.__name__}")
        elif needed and not value[name]:
            found.append(f"{place}.{name} is empty")
    found += [f"{place}.{name} is no field of a {kind}" for name in value if name not in FIELDS[kind]]
    return value


def is_license(text, known):
    """NONE, NOASSERTION, or an expression whose ids are on the list or LicenseRefs."""
    if text in ("NONE", "NOASSERTION"):
        return True
    words = re.findall(r"[()]|[^\s()]+", text)
    depth, wants_id = 0, True
    for at, word in enumerate(words):
        if word == "(":
            if not wants_id:
                return False
            depth += 1
        elif word == ")":
            depth -= 1
            if wants_id or depth < 0:
                return False
        elif word in ("AND", "OR", "WITH"):
            if wants_id:
                return False
            wants_id = True
        else:
            exception = at > 0 and words[at - 1] == "WITH"
            if not wants_id or not (exception or word.rstrip("+") in known or REFERENCE.fullmatch(word)):
                return False
            wants_id = False
    return depth == 0 and not wants_id


def problems(document, known_licenses):
    found = []
    fields("document", "document", document, found)
    for name, value in (("SPDXID", "SPDXRef-DOCUMENT"), ("spdxVersion", "SPDX-2.3"), ("dataLicense", "CC0-1.0")):
        if document.get(name) != value:
            found.append(f"document.{name} is not {value}")
    if not re.fullmatch(r"[a-z][a-z0-9+.\-]*:[^#\s]+", document.get("documentNamespace", "")):
        found.append("document.documentNamespace is no absolute URI without a fragment")
    creation = fields("creationInfo", "creationInfo", document.get("creationInfo", {}), found)
    if not DATE.fullmatch(str(creation.get("created"))):
        found.append("creationInfo.created is no time in UTC")
    found += [f"creationInfo.creators: {creator}" for creator in creation.get("creators", [])
              if not CREATOR.fullmatch(creator)]
    ids = ["SPDXRef-DOCUMENT"]
    for place, package in enumerate(document.get("packages", [])):
        fields("package", f"packages[{place}]", package, found)
        ids.append(package.get("SPDXID"))
        if not ID.fullmatch(str(package.get("SPDXID"))):
            found.append(f"packages[{place}].SPDXID: {package.get('SPDXID')}")
        if not LOCATION.fullmatch(str(package.get("downloadLocation"))):
            found.append(f"packages[{place}].downloadLocation: {package.get('downloadLocation')}")
        if package.get("filesAnalyzed", True) and "packageVerificationCode" not in package:
            found.append(f"packages[{place}] has files that were analyzed, and no packageVerificationCode")
        found += [f"packages[{place}].{name}: {package[name]}" for name in ("licenseConcluded", "licenseDeclared")
                  if name in package and not is_license(package[name], known_licenses)]
        found += [f"packages[{place}].{name} is empty" for name in ("versionInfo", "copyrightText")
                  if package.get(name) == ""]
        for reference in package.get("externalRefs", []):
            fields("externalRef", f"packages[{place}].externalRefs", reference, found)
            if reference.get("referenceCategory") not in CATEGORIES:
                found.append(f"packages[{place}]: {reference.get('referenceCategory')} is no category")
            if reference.get("referenceType") == "purl" and not re.fullmatch(
                    r"pkg:[a-z][a-z0-9.\-]*/([^/@\s]+/)*[^/@\s]+(@[^@\s]+)?", reference.get("referenceLocator", "")):
                found.append(f"packages[{place}]: {reference.get('referenceLocator')} is no package URL")
    found += [f"{id_} stands for several elements" for id_ in {id_ for id_ in ids if ids.count(id_) > 1}]
    seen = set()
    for place, relationship in enumerate(document.get("relationships", [])):
        fields("relationship", f"relationships[{place}]", relationship, found)
        if relationship.get("relationshipType") not in RELATIONSHIPS:
            found.append(f"relationships[{place}]: {relationship.get('relationshipType')} is no relationship")
        found += [f"relationships[{place}]: {relationship.get(end)} is no element"
                  for end in ("spdxElementId", "relatedSpdxElement") if relationship.get(end) not in ids]
        text = json.dumps(relationship, sort_keys=True)
        if text in seen:
            found.append(f"relationships[{place}] is there twice")
        seen.add(text)
    describes = any(relationship.get("relationshipType") == "DESCRIBES" and
                    relationship.get("spdxElementId") == "SPDXRef-DOCUMENT"
                    for relationship in document.get("relationships", []))
    if not describes and not document.get("documentDescribes"):
        found.append("the document describes nothing")
    return found
