"""A tour of the sandbox with boto3: every wire protocol, writes, pages, errors, sessions.

Usage: boto3-tour.py ENDPOINT ACCESS_KEY_ID SECRET_ACCESS_KEY ACCOUNT_ID
Prints one line for each stop; exits with 1 when something was not as AWS does it.
"""

import gzip
import json
import sys
import time

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

endpoint, access_key_id, secret_access_key, account = sys.argv[1:5]
assert endpoint.startswith("http://127.0.0.1:"), "loopback only"
config = Config(retries={"max_attempts": 0})
failed = 0


def client(service, key=(access_key_id, secret_access_key, None), region="us-east-1"):
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=region,
        config=config,
        aws_access_key_id=key[0],
        aws_secret_access_key=key[1],
        aws_session_token=key[2],
    )


def stop(name):
    def run(visit):
        global failed
        try:
            visit()
            print(f"ok    {name}")
        except Exception as error:  # whatever it is, the tour goes on
            failed += 1
            print(f"FAIL  {name}: {type(error).__name__}: {error}")

    return run


def code(call, **arguments):
    try:
        call(**arguments)
        return ""
    except ClientError as error:
        return error.response["Error"]["Code"]


def equal(got, wanted):
    assert got == wanted, f"got {got!r}, wanted {wanted!r}"


ALLOW = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]})
iam, sts = client("iam"), client("sts")


@stop("STS tells who calls")
def _():
    equal(sts.get_caller_identity()["Account"], account)
    equal(sts.get_access_key_info(AccessKeyId=access_key_id)["Account"], account)


@stop("IAM users: tags, paths, pages")
def _():
    for i in range(7):
        iam.create_user(UserName=f"tour-{i}", Path="/tour/", Tags=[{"Key": "n", "Value": f"{i} ü @ /"}])
    names = []
    for page in iam.get_paginator("list_users").paginate(PathPrefix="/tour/", PaginationConfig={"PageSize": 3}):
        names += [user["UserName"] for user in page["Users"]]
    equal(names, [f"tour-{i}" for i in range(7)])
    equal(iam.get_user(UserName="tour-3")["User"]["Tags"], [{"Key": "n", "Value": "3 ü @ /"}])


@stop("IAM errors")
def _():
    equal(code(iam.get_user, UserName="nobody"), "NoSuchEntity")
    equal(code(iam.create_user, UserName="tour-1"), "EntityAlreadyExists")
    equal(code(iam.create_user, UserName="no blanks"), "ValidationError")
    equal(code(iam.put_user_policy, UserName="tour-1", PolicyName="p", PolicyDocument="{"), "MalformedPolicyDocument")


@stop("policies come back as they were put")
def _():
    iam.put_user_policy(UserName="tour-1", PolicyName="p", PolicyDocument=ALLOW)
    equal(iam.get_user_policy(UserName="tour-1", PolicyName="p")["PolicyDocument"], json.loads(ALLOW))
    arn = iam.create_policy(PolicyName="tour", PolicyDocument=ALLOW)["Policy"]["Arn"]
    iam.attach_user_policy(UserName="tour-2", PolicyArn=arn)
    users = iam.list_entities_for_policy(PolicyArn=arn)["PolicyUsers"]
    equal([user["UserName"] for user in users], ["tour-2"])
    found = {}
    for page in iam.get_paginator("get_account_authorization_details").paginate(PaginationConfig={"PageSize": 4}):
        for user in page["UserDetailList"]:
            found[user["UserName"]] = user
    equal(found["tour-1"]["UserPolicyList"][0]["PolicyDocument"], json.loads(ALLOW))
    equal(found["tour-2"]["AttachedManagedPolicies"], [{"PolicyName": "tour", "PolicyArn": arn}])


@stop("a key's life: two at most, inactive and deleted ones refused")
def _():
    made = iam.create_access_key(UserName="tour-4")["AccessKey"]
    key = (made["AccessKeyId"], made["SecretAccessKey"], None)
    iam.create_access_key(UserName="tour-4")
    equal(code(iam.create_access_key, UserName="tour-4"), "LimitExceeded")
    equal(client("sts", key).get_caller_identity()["Arn"], f"arn:aws:iam::{account}:user/tour/tour-4")
    equal(iam.get_access_key_last_used(AccessKeyId=key[0])["AccessKeyLastUsed"]["ServiceName"], "sts")
    iam.update_access_key(UserName="tour-4", AccessKeyId=key[0], Status="Inactive")
    equal(code(client("sts", key).get_caller_identity), "InvalidClientTokenId")
    equal(code(client("organizations", key).describe_organization), "UnrecognizedClientException")
    equal(code(client("ec2", key).describe_instances), "AuthFailure")
    iam.delete_access_key(UserName="tour-4", AccessKeyId=key[0])
    equal(code(client("iam", key).list_users), "InvalidClientTokenId")
    equal(code(client("sts", (access_key_id, "wrong", None)).get_caller_identity), "SignatureDoesNotMatch")


@stop("a role session")
def _():
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "sts:AssumeRole"}]}
    role = iam.create_role(RoleName="tour", AssumeRolePolicyDocument=json.dumps(trust))["Role"]
    equal(role["AssumeRolePolicyDocument"], trust)
    made = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="tour")["Credentials"]
    key = (made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])
    equal(client("sts", key).get_caller_identity()["Arn"], f"arn:aws:sts::{account}:assumed-role/tour/tour")
    equal(code(client("sts", (*key[:2], None)).get_caller_identity), "InvalidClientTokenId")


@stop("the credential report")
def _():
    for _ in range(50):
        if iam.generate_credential_report()["State"] == "COMPLETE":
            break
        time.sleep(0.1)
    lines = iam.get_credential_report()["Content"].decode().split("\n")
    assert lines[1].startswith("<root_account>,"), lines[1]
    assert any(line.startswith("tour-6,") for line in lines), "tour-6 is missing"


@stop("Organizations")
def _():
    organizations = client("organizations")
    root = organizations.list_roots()["Roots"][0]["Id"]
    unit = organizations.create_organizational_unit(ParentId=root, Name="tour ü")["OrganizationalUnit"]
    equal(organizations.describe_organizational_unit(OrganizationalUnitId=unit["Id"])["OrganizationalUnit"], unit)
    accounts = [one["Id"] for page in organizations.get_paginator("list_accounts").paginate() for one in page["Accounts"]]
    assert account in accounts and len(set(accounts)) == len(accounts)
    equal(code(organizations.describe_policy, PolicyId="p-xxxxxxxx"), "PolicyNotFoundException")


@stop("EC2")
def _():
    ec2 = client("ec2")
    found = [
        instance
        for page in ec2.get_paginator("describe_instances").paginate(
            Filters=[{"Name": "instance-state-name", "Values": ["running"]}], PaginationConfig={"PageSize": 5}
        )
        for reservation in page["Reservations"]
        for instance in reservation["Instances"]
    ]
    equal(len(found), 12)
    first = found[0]["InstanceId"]
    ec2.modify_instance_metadata_options(InstanceId=first, HttpTokens="required")
    again = ec2.describe_instances(InstanceIds=[first])["Reservations"][0]["Instances"][0]
    equal(again["MetadataOptions"]["HttpTokens"], "required")
    equal(code(ec2.describe_instances, InstanceIds=["i-00000000000000000"]), "InvalidInstanceID.NotFound")
    assert "us-east-1" in [region["RegionName"] for region in ec2.describe_regions()["Regions"]]


@stop("CloudTrail")
def _():
    cloudtrail = client("cloudtrail")
    cloudtrail.create_trail(Name="tour", S3BucketName="b", IsMultiRegionTrail=True, EnableLogFileValidation=True)
    cloudtrail.start_logging(Name="tour")
    assert cloudtrail.get_trail_status(Name="tour")["IsLogging"]
    elsewhere = client("cloudtrail", region="eu-west-1").describe_trails()["trailList"]
    equal([(trail["Name"], trail["HomeRegion"]) for trail in elsewhere], [("tour", "us-east-1")])
    by_name = [{"AttributeKey": "EventName", "AttributeValue": "AssumeRole"}]
    events = cloudtrail.lookup_events(LookupAttributes=by_name)["Events"]
    equal(json.loads(events[0]["CloudTrailEvent"])["eventName"], "AssumeRole")


@stop("Access Analyzer and Account Management")
def _():
    analyzer = client("accessanalyzer")
    analyzer.create_analyzer(analyzerName="tour", type="ACCOUNT", tags={"a": "b"})
    equal([one["name"] for one in analyzer.list_analyzers()["analyzers"]], ["tour"])
    equal(analyzer.get_analyzer(analyzerName="tour")["analyzer"]["tags"], {"a": "b"})
    equal(code(analyzer.get_analyzer, analyzerName="nobody"), "ResourceNotFoundException")
    contacts = client("account")
    contact = {"Name": "Ü", "Title": "T", "EmailAddress": "a@example.com", "PhoneNumber": "+1 555 0100"}
    contacts.put_alternate_contact(AlternateContactType="SECURITY", **contact)
    got = contacts.get_alternate_contact(AlternateContactType="SECURITY")["AlternateContact"]
    equal(got, {"AlternateContactType": "SECURITY", **contact})
    equal(code(contacts.get_alternate_contact, AlternateContactType="BILLING"), "ResourceNotFoundException")


@stop("S3, and a trail that brings files into a bucket")
def _():
    s3, cloudtrail = client("s3"), client("cloudtrail")
    s3.create_bucket(Bucket="tour-logs")
    s3.put_object(Bucket="tour-logs", Key="a b/\u00fc.txt", Body=b"bytes", Metadata={"by": "tour"})
    got = s3.get_object(Bucket="tour-logs", Key="a b/\u00fc.txt")
    equal((got["Body"].read(), got["Metadata"]), (b"bytes", {"by": "tour"}))
    equal(code(s3.get_object, Bucket="tour-logs", Key="none"), "NoSuchKey")
    resource = "arn:aws:s3:::tour-logs/AWSLogs/*"
    allow = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "s3:PutObject"}
    policy = {"Version": "2012-10-17", "Statement": [{**allow, "Resource": resource}]}
    s3.put_bucket_policy(Bucket="tour-logs", Policy=json.dumps(policy))
    cloudtrail.create_trail(Name="files", S3BucketName="tour-logs")
    cloudtrail.start_logging(Name="files")
    iam.create_user(UserName="seen-in-files")
    found = []
    for _ in range(50):
        found = [one["Key"] for one in s3.list_objects_v2(Bucket="tour-logs", Prefix="AWSLogs/").get("Contents", [])]
        if found:
            break
        time.sleep(0.1)
    text = gzip.decompress(s3.get_object(Bucket="tour-logs", Key=found[0])["Body"].read())
    names = [record["eventName"] for record in json.loads(text)["Records"]]
    assert "CreateUser" in names, names


@stop("Athena")
def _():
    athena = client("athena")
    output = {"OutputLocation": "s3://tour-logs/results/"}
    query = athena.start_query_execution(QueryString="SELECT 6 * 7 AS answer", ResultConfiguration=output)
    state = "RUNNING"
    while state == "RUNNING":
        time.sleep(0.05)
        execution = athena.get_query_execution(QueryExecutionId=query["QueryExecutionId"])
        state = execution["QueryExecution"]["Status"]["State"]
    rows = athena.get_query_results(QueryExecutionId=query["QueryExecutionId"])["ResultSet"]["Rows"]
    equal([[cell["VarCharValue"] for cell in row["Data"]] for row in rows], [["answer"], ["42"]])


sys.exit(1 if failed else 0)
